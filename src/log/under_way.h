// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace weft::log {

/// A push that was taken and is not answered yet.
struct UnderWayPush {
  enum class State : std::uint8_t {
    waiting,  // to be sent, or sent again
    sent,     // no answer yet
    in_log,   // Redis says that it is in the log: the listener has not been told yet
  };
  /// Tells this taking of a push from every other.
  std::uint64_t ticket = 0;
  Push push;
  Bytes canonical;
  State state = State::waiting;  // changed by UnderWay
  /// Actors who sent it again meanwhile; told `duplicate` afterwards.
  std::vector<ActorId> duplicates;
  /// It was in a history that is void: brought back, and nobody waits for its answer.
  bool is_brought_back = false;
};

/// The pushes of one canvas that are under way, in the order in which they were taken.
class UnderWay {
 public:
  UnderWayPush& add(Push push, Bytes canonical, bool is_brought_back);
  [[nodiscard]] UnderWayPush* find(const ClientId& client, std::uint64_t n);
  [[nodiscard]] UnderWayPush* find(std::uint64_t ticket);
  [[nodiscard]] std::optional<UnderWayPush> take(const ClientId& client, std::uint64_t n);
  /// Whether a push of the client with a lower number may still get into the log.
  [[nodiscard]] bool has_unsettled_before(const ClientId& client, std::uint64_t n) const;
  /// The highest number of the client's that is under way; 0 if none.
  [[nodiscard]] std::uint64_t highest(const ClientId& client) const;
  void clear();
  void set_state(UnderWayPush& push, UnderWayPush::State state);
  /// Everything that was sent or found has to be sent again.
  void wait_all();
  [[nodiscard]] bool has_waiting() const { return waiting_ > 0; }

  [[nodiscard]] bool is_empty() const { return all_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::list<UnderWayPush>& all() { return all_; }
  [[nodiscard]] const std::list<UnderWayPush>& all() const { return all_; }

 private:
  using At = std::list<UnderWayPush>::iterator;

  std::list<UnderWayPush> all_;
  std::map<std::pair<ClientId, std::uint64_t>, At> by_number_;
  std::map<std::uint64_t, At> by_ticket_;
  std::size_t bytes_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace weft::log
