// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/calls.h"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace weft::store {

/// Why a medium could not do its work.
class MediumError : public std::runtime_error {
 public:
  enum class Remedy : std::uint8_t {
    open_again,  // it may work later; the sentence is a part of one: "connection refused"
    stop,        // going on would risk what was acknowledged, or be refused for ever; a sentence
  };
  MediumError(Remedy remedy, const std::string& sentence)
      : std::runtime_error(sentence), remedy_(remedy) {}
  [[nodiscard]] Remedy remedy() const { return remedy_; }

 private:
  Remedy remedy_;
};

/// What a QueuedStore keeps its rows on, opened. Lives on one thread. Everything but the destructor
/// may throw MediumError; the medium is then not used any more, and another one is opened.
class Medium {
 public:
  virtual ~Medium() = default;
  /// Carries the calls out in their order and fills in what each one found. On return all of it is
  /// at rest, for good. After a failure the outcome of each is unknown: the same calls may come
  /// again, also through another medium, and then change nothing more.
  virtual void carry_out(std::span<Call> calls) = 0;
  /// Upkeep, after the answers, so that nobody waits for it.
  virtual void tidy_up() {}
  /// Nothing is to be done; is the medium still there?
  virtual void check() {}
  /// Ends in good order.
  virtual void close() {}
};

}  // namespace weft::store
