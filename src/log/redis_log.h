// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"
#include "log/redis_log_options.h"
#include "redis/channels.h"
#include "redis/commands.h"
#include "store/store.h"
#include "util/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weft::log {

/// The log of instances that share a Redis: order is made by a script there, and everybody follows
/// a channel. Redis keeps log and snapshots; an archive, if there is one, keeps them for good. One
/// per shard; everything but `post` runs on that shard. Sans-io over Commands and Channels; time
/// comes with advance(). Not to be destroyed from inside a call to a listener.
class RedisLog final : public Log {
 public:
  /// Runs a function later on this shard, in the order of the calls; any thread may call.
  using Post = std::function<void(std::function<void()>)>;
  /// A number that no canvas ever had as its epoch; random for all practical purposes.
  using EpochSource = std::function<std::uint64_t()>;
  /// A sentence for operators: what was lost and brought back, and what could not be.
  using Notice = std::function<void(const std::string& sentence)>;

  /// Everything borrowed outlives the log; `commands` and `channels` call nothing back after their
  /// own end. `archive` may be null. `post` is not called after the log's destruction.
  RedisLog(redis::Commands& commands, redis::Channels& channels, store::Store* archive, Post post,
           EpochSource fresh_epoch, RedisLogOptions options, Notice notice);
  ~RedisLog() override;
  RedisLog(const RedisLog&) = delete;
  RedisLog& operator=(const RedisLog&) = delete;

  void open(const CanvasId& canvas, LogListener& listener) override;
  void close(const CanvasId& canvas) override;
  void append(const CanvasId& canvas, Push push) override;
  void save_snapshot(const CanvasId& canvas, Snapshot snapshot) override;
  [[nodiscard]] bool sync(const CanvasId& canvas) override;
  void reserve_actors(const CanvasId& canvas) override;
  [[nodiscard]] std::optional<ClientMark> client(const CanvasId& canvas,
                                                 const ClientId& client) const override;
  void exists(const CanvasId& canvas,
              std::function<void(Result<bool, std::string> exists)> done) override;
  [[nodiscard]] bool is_available() const override;

  /// Deadlines come to pass. To be called at the end of every turn in which something was called or
  /// answered, and at next_deadline().
  void advance(Now now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// Why this shard should get no new clients now, as a sentence; empty when all is well: every
  /// canvas is proven whole since the last break, and the archive takes what it is given.
  [[nodiscard]] std::string trouble() const;
  /// Whether everything that was appended is answered, and in the archive.
  [[nodiscard]] bool is_idle() const;

 private:
  class Canvases;
  std::unique_ptr<Canvases> canvases_;
};

}  // namespace weft::log
