// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/commands.h"
#include "redis/reply.h"
#include "util/bytes.h"
#include "util/result.h"

#include <functional>
#include <string>

namespace weft::redis {

/// How a Redis is configured, as far as it tells: what it promises to keep, and what it does when
/// it is full. In Redis's own words; "unknown" where an ACL keeps us from asking.
struct Settings {
  std::string version = "unknown";           // "7.0.15"
  std::string run_id = "unknown";            // another after each start
  std::string role = "unknown";              // master or slave
  std::string cluster_enabled = "unknown";   // 0 or 1
  std::string appendonly = "unknown";        // yes or no
  std::string appendfsync = "unknown";       // always, everysec or no
  std::string save = "unknown";              // "3600 1 300 100"; empty: no snapshots
  std::string maxmemory = "unknown";         // bytes; 0: no bound
  std::string maxmemory_policy = "unknown";  // noeviction, allkeys-lru …
};

/// From the answers to INFO and to CONFIG GET, each of which may be an error.
[[nodiscard]] Settings parse_settings(const Answer& info, const Answer& config);

/// Asks the node that has `key`. An error when the link is not there or breaks; what Redis refuses
/// to tell is "unknown". `done` is called as an answer to a command is.
void read_settings(Commands& commands, ByteView key,
                   std::function<void(Result<Settings, RedisError>)> done);

}  // namespace weft::redis
