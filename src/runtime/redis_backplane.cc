// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis_backplane.h"

#include "log/redis_scripts.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

namespace weft::runtime {
namespace {

void warn(const std::string& sentence) {
  spdlog::warn("{}", sentence);
}

/// Independent numbers from one seed: each part gets its own.
std::uint64_t drawn(std::uint64_t seed, unsigned discard) {
  std::mt19937_64 random(seed);
  random.discard(discard);
  return random();
}

std::string hex(std::uint64_t number) {
  return fmt::format("{:016x}", number);
}

log::RedisLogOptions named(log::RedisLogOptions options, std::uint64_t seed) {
  options.node = hex(drawn(seed, 1));
  return options;
}

}  // namespace

RedisBackplane::RedisBackplane(boost::asio::io_context& io, const RedisBackplaneConfig& config,
                               store::Store* archive, Post post, std::uint64_t seed)
    : client_(io, config.redis, log::redis_log_scripts(), drawn(seed, 0)),
      // Not 0, which is nobody's.
      bus_(client_, client_, bus::PeerId{std::max<std::uint64_t>(drawn(seed, 1), 1)}, warn),
      log_(
          client_, client_, archive, std::move(post),
          // 52 bits: JSON clients and Redis's scripts hold it exactly.
          [random = std::mt19937_64(drawn(seed, 2))]() mutable { return random() >> 12; },
          named(config.log, seed), warn) {}

void RedisBackplane::advance(Now now) {
  bus_.advance(now);
  log_.advance(now);
}

std::optional<Instant> RedisBackplane::next_deadline() const {
  const auto of_bus = bus_.next_deadline();
  const auto of_log = log_.next_deadline();
  if (of_bus && of_log) return std::min(*of_bus, *of_log);
  return of_bus ? of_bus : of_log;
}

std::string RedisBackplane::trouble() const {
  std::string trouble = client_.health();
  if (trouble.empty()) trouble = log_.trouble();
  return trouble.empty() ? bus_.trouble() : trouble;
}

}  // namespace weft::runtime
