// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/redis_log.h"
#include "redis/client.h"
#include "redis/url.h"
#include "support/posted_work.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// One shard of one instance: a RedisLog over a real client, with an event loop that the test
/// turns.
class RedisInstance {
 public:
  RedisInstance(const std::string& url, log::RedisLogOptions options,
                store::Store* archive = nullptr) {
    redis::Options how = redis::parse_url(url).value();
    how.probe_interval = std::chrono::milliseconds(100);
    how.probe_deadline = std::chrono::milliseconds(400);
    how.command_deadline = std::chrono::milliseconds(2'000);
    how.backoff_max = std::chrono::milliseconds(200);
    static std::uint64_t seed = 0;
    client =
        std::make_unique<redis::Client>(io, std::move(how), std::vector<redis::Script>{}, ++seed);
    log = std::make_unique<log::RedisLog>(
        *client, *client, archive, work.poster(), [] { return random_epoch(); }, std::move(options),
        [this](const std::string& sentence) { notices.push_back(sentence); });
  }
  ~RedisInstance() {
    log.reset();
    client.reset();
  }

  /// What is ready is handled, then the log acts, then what it wants leaves.
  void turn(std::chrono::microseconds patience) {
    io.restart();
    if (io.poll() == 0 && patience.count() > 0) io.run_one_for(patience);
    work.run_pending();
    log->advance({.mono = std::chrono::steady_clock::now(), .wall_ms = 0});
    client->flush();
  }
  [[nodiscard]] bool has_notice(const std::string& part) const {
    for (const std::string& notice : notices) {
      if (notice.find(part) != std::string::npos) return true;
    }
    return false;
  }

  static std::uint64_t random_epoch() {
    static std::mt19937_64 random(std::random_device{}());
    return random();
  }

  boost::asio::io_context io{1};
  PostedWork work;
  std::vector<std::string> notices;
  std::unique_ptr<redis::Client> client;
  std::unique_ptr<log::RedisLog> log;
};

/// Turns the instances until the condition holds; false after `patience`.
inline bool run_until(const std::vector<RedisInstance*>& instances,
                      const std::function<bool()>& condition,
                      std::chrono::milliseconds patience = std::chrono::seconds(15)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    for (RedisInstance* instance : instances) instance->turn(std::chrono::microseconds(500));
  }
  return true;
}

}  // namespace weft::test
