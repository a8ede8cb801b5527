// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weft::redis {

/// One reply of Redis, owned. RESP2.
struct Reply {
  enum class Kind : std::uint8_t {
    nil,
    integer,
    text,   // a bulk string or a status such as OK
    array,  // `items`
    error,  // inside an array only; `text` is Redis's sentence. At the top it becomes an Error
  };
  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  Bytes text = {};
  std::vector<Reply> items = {};
};

/// Why a command has no reply.
enum class RedisErrc : std::uint8_t {
  not_sent,  // there is no link to Redis now: nothing was carried out
  unknown,   // the link broke, or the answer did not come in time: it may have been carried out
  refused,   // Redis answered with an error, and carried out nothing
};
struct RedisError {
  RedisErrc errc = RedisErrc::not_sent;
  std::string
      detail;  // for operators; when refused, Redis's own words ("OOM command not allowed …")
};

using Answer = Result<Reply, RedisError>;
/// Called once, on the caller's shard, never from inside the call that brought it.
using Done = std::function<void(Answer answer)>;

}  // namespace weft::redis
