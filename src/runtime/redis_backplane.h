// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/redis_bus.h"
#include "log/redis_log.h"
#include "redis/client.h"
#include "runtime/backplane.h"
#include "store/store.h"

#include <cstdint>

namespace weft::runtime {

struct RedisBackplaneConfig {
  redis::Options redis;
  log::RedisLogOptions log;  // `node` is filled in here
};

/// The backplane of an instance among others: its log and its bus meet theirs in one Redis.
class RedisBackplane final : public Backplane {
 public:
  /// `archive`, what stands behind Redis, may be null; it outlives the backplane. `seed` feeds its
  /// random choices, its name among them; no two backplanes have the same. Throws
  /// std::runtime_error with a sentence when the CA file cannot be read.
  RedisBackplane(boost::asio::io_context& io, const RedisBackplaneConfig& config,
                 store::Store* archive, Post post, std::uint64_t seed);

  [[nodiscard]] log::Log& log() override { return log_; }
  [[nodiscard]] bus::Bus& bus() override { return bus_; }
  void advance(Now now) override;
  void flush() override { client_.flush(); }
  [[nodiscard]] std::optional<Instant> next_deadline() const override;
  [[nodiscard]] std::string trouble() const override;
  [[nodiscard]] bool is_idle() const override { return log_.is_idle() && client_.is_idle(); }

 private:
  redis::Client client_;
  bus::RedisBus bus_;
  log::RedisLog log_;
};

}  // namespace weft::runtime
