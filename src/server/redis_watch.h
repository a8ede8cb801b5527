// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/client.h"
#include "server/redis_promise.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace weft::server {

/// Asks Redis for its settings, as soon as it can be reached and then every half minute: they may
/// be changed, and after a failover it is another one. Lives on the front thread.
class RedisWatch {
 public:
  /// `on_verdict` is called on the front thread, first with whatever comes of it and then when
  /// something has changed. Throws std::runtime_error with a sentence
  /// when the CA file cannot be read.
  RedisWatch(boost::asio::io_context& io, const redis::Options& options, bool acks_from_store,
             std::uint64_t seed, std::function<void(const RedisVerdict& verdict)> on_verdict);

 private:
  void ask();
  void take(const Result<redis::Settings, redis::RedisError>& settings);

  bool acks_from_store_;
  std::function<void(const RedisVerdict& verdict)> on_verdict_;
  std::optional<RedisVerdict> last_;
  boost::asio::steady_timer timer_;
  redis::Client client_;
};

}  // namespace weft::server
