// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "log/log.h"
#include "util/time.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weft::runtime {

/// What a shard's rooms share with those of other instances: their log and their bus, and whatever
/// these rest on. One per shard, made before its thread starts; all calls on the shard.
class Backplane {
 public:
  /// Runs a function later on the shard, in the order of the calls; any thread may call.
  using Post = std::function<void(std::function<void()>)>;

  virtual ~Backplane() = default;
  [[nodiscard]] virtual log::Log& log() = 0;
  [[nodiscard]] virtual bus::Bus& bus() = 0;

  /// Before the router acts in a turn: deadlines come to pass.
  virtual void advance(Now) {}
  /// After the router has acted: what it asked for leaves.
  virtual void flush() {}
  /// When advance has something to do next.
  [[nodiscard]] virtual std::optional<Instant> next_deadline() const { return std::nullopt; }

  /// Why this shard should get no new clients now, as a sentence; empty when all is well.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  /// Whether all that was asked for has left and was answered: then nothing is lost by ending.
  [[nodiscard]] virtual bool is_idle() const { return true; }
};

using BackplaneMaker =
    std::function<std::unique_ptr<Backplane>(boost::asio::io_context& io, Backplane::Post post)>;

}  // namespace weft::runtime
