// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/redis_server.h"
#include "support/wait_until.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::test {

/// A Redis Sentinel that watches one master under the name "main" and decides alone.
class RedisSentinel {
 public:
  /// `options` are words for its command line.
  explicit RedisSentinel(std::uint16_t master_port, std::vector<std::string> options = {})
      : server_(with_sentinel(std::move(options)), "sentinel monitor main 127.0.0.1 " +
                                                       std::to_string(master_port) +
                                                       " 1\n"
                                                       "sentinel down-after-milliseconds main 500\n"
                                                       "sentinel failover-timeout main 3000\n") {}

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] RedisServer& server() { return server_; }

  /// Until it could fail over to so many replicas.
  void wait_for_replicas(int count) {
    wait_until(
        [&] {
          const std::string master = server_.command({"SENTINEL", "MASTER", "main"});
          const std::string replicas = server_.command({"SENTINEL", "REPLICAS", "main"});
          return master.find("num-slaves\n" + std::to_string(count) + "\n") != std::string::npos &&
                 replicas.find("slave-repl-offset\n0\n") == std::string::npos &&
                 replicas.find("master-link-status\nok") != std::string::npos;
        },
        "Sentinel to know the replicas");
  }
  [[nodiscard]] std::string master_port() {
    const std::string address = server_.command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"});
    return address.substr(address.find('\n') + 1);
  }

 private:
  static std::vector<std::string> with_sentinel(std::vector<std::string> options) {
    options.emplace_back("--sentinel");
    return options;
  }

  RedisServer server_;
};

}  // namespace weft::test
