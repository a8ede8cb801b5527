// SPDX-License-Identifier: Apache-2.0
#include "server/redis_watch.h"

#include <chrono>
#include <utility>

namespace weft::server {
namespace {

constexpr std::chrono::milliseconds kAskInterval{30'000};
constexpr std::chrono::milliseconds kFirstAskInterval{100};
// In a cluster the node of this key speaks for all.
constexpr ByteView kAnyKey = "weft";

}  // namespace

RedisWatch::RedisWatch(boost::asio::io_context& io, const redis::Options& options,
                       bool acks_from_store, std::uint64_t seed,
                       std::function<void(const RedisVerdict& verdict)> on_verdict)
    : acks_from_store_(acks_from_store),
      on_verdict_(std::move(on_verdict)),
      timer_(io),
      client_(io, options, {}, seed) {
  ask();
}

void RedisWatch::ask() {
  redis::read_settings(client_, kAnyKey, [this](auto settings) { take(settings); });
}

void RedisWatch::take(const Result<redis::Settings, redis::RedisError>& settings) {
  if (settings) {
    RedisVerdict verdict = judge_redis(*settings, acks_from_store_);
    if (last_ != verdict) {
      last_ = std::move(verdict);
      on_verdict_(*last_);
    }
  }
  timer_.expires_after(last_ ? kAskInterval : kFirstAskInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) ask();
  });
}

}  // namespace weft::server
