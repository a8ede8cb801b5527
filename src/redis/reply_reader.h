// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/reply.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

struct redisReader;

namespace weft::redis {

/// What one reply may be. Redis's own bound for a bulk string is the same 512 MiB; arrays nest at
/// most seven deep, which is hiredis's bound.
struct ReplyLimits {
  std::size_t bytes_max = 512 * 1024 * 1024;
  std::size_t elements_max = 1024 * 1024;
};

/// Bytes of one connection in, replies out. Sans-io; hiredis does the parsing.
class ReplyReader {
 public:
  explicit ReplyReader(ReplyLimits limits = {});
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// The bytes are copied.
  void feed(ByteView bytes);
  /// The next whole reply; nullopt when it needs more bytes; a sentence when what came is not RESP2
  /// or passes a limit, and then the connection is of no further use.
  [[nodiscard]] Result<std::optional<Reply>, std::string> next();

 private:
  struct Builder;

  ReplyLimits limits_;
  std::unique_ptr<Builder> builder_;
  redisReader* reader_;
};

}  // namespace weft::redis
