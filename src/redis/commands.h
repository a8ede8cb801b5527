// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/reply.h"
#include "util/bytes.h"

#include <span>
#include <string>
#include <vector>

namespace weft::redis {

/// A Lua script. Its source begins with `#!lua`, so that Redis refuses it as a whole (OOM,
/// READONLY) before its first command.
struct Script {
  std::string source;
  std::string sha1;  // of the source, in small hex letters

  explicit Script(std::string source_text);
};

/// Commands to Redis, seen by one shard: all calls and answers happen there. Commands about keys of
/// one slot are carried out and answered in the order of the calls, for as long as the link holds;
/// when it breaks, what was sent is answered `unknown` and what is called meanwhile `not_sent`.
/// Nothing waits for a link to come.
class Commands {
 public:
  virtual ~Commands() = default;

  /// `key` says which node: one of the keys of the command. `words` is the whole command, its name
  /// first. The views are copied before the call returns.
  virtual void call(ByteView key, std::span<const ByteView> words, Done done) = 0;
  /// By its digest; the source follows if the node does not have it. `keys` is not empty, and all
  /// are of one slot.
  virtual void run(const Script& script, std::span<const ByteView> keys,
                   std::span<const ByteView> arguments, Done done) = 0;
};

}  // namespace weft::redis
