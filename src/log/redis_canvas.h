// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/alarm.h"
#include "log/canvas_archive.h"
#include "log/log.h"
#include "log/redis_history.h"
#include "log/redis_log_options.h"
#include "log/redis_scripts.h"
#include "log/under_way.h"
#include "redis/channels.h"
#include "store/store.h"
#include "util/time.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::log {

/// What the canvases of one RedisLog have in common. Outlives them.
struct RedisLogContext {
  redis::Commands& commands;
  redis::Channels& channels;
  store::Store* archive;  // may be null
  RedisLogOptions options;
  /// Runs a function later on the shard; any thread may call. What it still holds when the log ends
  /// is dropped.
  std::function<void(std::function<void()>)> later;
  std::function<std::uint64_t()> fresh_epoch;
  /// A sentence for operators.
  std::function<void(const std::string&)> notice;
  /// Something happened to the canvas: it is to be advanced at the end of this turn.
  std::function<void(std::shared_ptr<class RedisCanvas>)> touch;
  /// The canvas could not be opened: it is closed.
  std::function<void(class RedisCanvas&)> forget;
  UnarchivedBytes unarchived;
};

/// One open() of one canvas: comes to know its history from Redis, follows it over the channel, and
/// appends to it. Sans-io; time comes with advance(). Held by shared pointers, so that an answer to
/// one that has ended finds nobody.
class RedisCanvas final : public redis::ChannelListener,
                          public std::enable_shared_from_this<RedisCanvas> {
 public:
  /// `brought` are pushes of the canvas's earlier life that are still under way.
  RedisCanvas(RedisLogContext& context, CanvasId id, LogListener& listener,
              std::vector<Push> brought);

  void start();
  /// Nothing reaches the listener after this.
  void close();
  /// Closed, and nothing is under way any more.
  [[nodiscard]] bool has_ended() const;
  /// For the next life: what this one still has under way.
  [[nodiscard]] std::vector<Push> hand_over();

  void append(Push push);
  void save_snapshot(Snapshot snapshot);
  void sync();
  void reserve_actors();
  [[nodiscard]] std::optional<ClientMark> client(const ClientId& client) const;

  void advance(Now now);
  [[nodiscard]] std::optional<Instant> next_deadline(Instant now) const;
  [[nodiscard]] const CanvasId& id() const { return id_; }
  [[nodiscard]] const Bytes& channel() const { return scripts_.channel(); }
  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  /// Why the canvas is not as it should be, as a sentence; empty when it is.
  [[nodiscard]] std::string trouble() const;
  /// Whether new pushes are refused.
  [[nodiscard]] bool is_refusing() const { return is_refusing_; }
  /// Whether nothing would be lost if it ended now.
  [[nodiscard]] bool is_idle() const;

  // Where it stands in its log's timetable.
  std::optional<Instant> scheduled_at;
  bool is_touched = false;

 private:
  enum class State : std::uint8_t {
    subscribing,  // waits for the channel
    asking,       // asks Redis for the canvas, or waits to ask again
    seeding,      // makes it, for Redis does not have it
    filling,      // fetches what did not come with the answer
    open,         // the listener follows
    closed,       // only what was under way is still settled
  };
  /// The canvas is lost in Redis, and offered to be restored from here.
  struct Restoring {
    Seen seen;
    bool is_under_way = false;       // an offer or the restoring itself is not answered yet
    bool has_asked_archive = false;  // or given up waiting for its answer
    bool has_waited = false;         // the first wait for other offers has begun
    bool is_forced = false;          // nobody is waited for any longer
  };
  /// Calls of sync() that one look at Redis answers.
  struct SyncGroup {
    std::size_t calls = 0;
    std::uint64_t seq = 0;  // answered when this has been told
  };

  void channel_ready(ByteView channel) override;
  void channel_lost(ByteView channel) override;
  void channel_message(ByteView channel, ByteView payload) override;

  /// Every way in from outside: the canvas lives until the call returns, and is advanced soon.
  [[nodiscard]] std::shared_ptr<RedisCanvas> enter();
  /// A function for an answer, which does nothing when this canvas has gone or what was asked is
  /// void by then.
  template <class T>
  [[nodiscard]] RedisScripts::Done<T> answer(
      std::function<void(RedisCanvas&, Result<T, redis::RedisError>)> handle) {
    return [weak = weak_from_this(), life = life_,
            handle = std::move(handle)](Result<T, redis::RedisError> result) {
      const auto found = weak.lock();
      if (!found || found->life_ != life) return;
      const auto self = found->enter();
      handle(*self, std::move(result));
    };
  }

  // Opening (redis_canvas_open.cc)
  void ask();
  void handle_opened(Result<OpenReply, redis::RedisError> reply);
  void ask_uptime();
  void handle_uptime(Result<std::chrono::seconds, redis::RedisError> uptime);
  void seed_from_archive();
  void handle_loaded(std::uint64_t offered_epoch,
                     Result<store::StoredCanvas, store::StoreError> loaded);
  void seed(const WholeCanvas& canvas);
  void handle_seeded(Result<bool, redis::RedisError> is_ours);
  void renew_unopened();
  void handle_renewed(Result<RedisScripts::Restored, redis::RedisError> renewed);
  [[nodiscard]] bool begin_history(OpenReply& reply);
  [[nodiscard]] std::string damage(std::uint64_t seq, const std::string& what) const;
  void fill();
  void handle_filled(Result<SinceReply, redis::RedisError> reply);
  [[nodiscard]] bool waits_for_archive();
  void finish_open();
  void bring_back();
  std::size_t take_brought();
  void try_open_again(const std::string& why, std::chrono::milliseconds delay);
  void open_failed_on(const redis::RedisError& error);
  void found_damage(const std::string& sentence);
  void fail(LogErrc errc, const std::string& detail);

  // Following (redis_canvas.cc)
  void hear(KeptEntry entry);
  void take_ahead();
  void forget_heard();
  void ask_syncs_again();
  void look();
  void handle_looked(Result<SinceReply, redis::RedisError> reply);
  [[nodiscard]] bool accept(std::vector<KeptEntry> entries);
  [[nodiscard]] bool accept(KeptEntry entry);
  void deliver();
  [[nodiscard]] std::uint64_t tellable() const;
  void note_archived(std::uint64_t seq);
  void answer_syncs();

  // Appending (redis_canvas_append.cc)
  void send(UnderWayPush& push);
  void send_waiting();
  void handle_appended(std::uint64_t ticket, Result<Appended, redis::RedisError> appended);
  void note_outcome(UnderWayPush& push, const Appended& appended);
  void settle_closed(UnderWayPush& push, const Appended& appended);
  void drop(UnderWayPush& push, LogErrc errc);
  void note_given_up(const UnderWayPush& push);
  void refuse_later(const Push& push, LogErrc errc);
  void hold(const Push& push);
  [[nodiscard]] bool is_held(const Push& push) const;
  void note_failure(const redis::RedisError& error);
  void end_trouble();

  // When Redis has another history (redis_canvas_recover.cc)
  void handle_other_history(const SinceReply& reply);
  void handle_moved(const SinceReply& reply);
  void change_epoch(std::uint64_t epoch);
  void reset(const std::string& why);
  void restore(Seen seen);
  void ask_archive();
  void handle_archive(const Result<store::StoredCanvas, store::StoreError>& loaded);
  void take_from_archive(const store::StoredCanvas& canvas);
  void handle_offered(Result<bool, redis::RedisError> offered);
  void write_back();
  void handle_restored(std::uint64_t epoch,
                       Result<RedisScripts::Restored, redis::RedisError> restored);
  [[nodiscard]] std::optional<store::SnapshotRow> told_snapshot();

  RedisLogContext& context_;
  CanvasId id_;
  LogListener* listener_;
  RedisScripts scripts_;
  State state_ = State::subscribing;
  std::uint64_t life_ = 0;  // of what was told: answers to what was asked before are dropped

  std::uint64_t epoch_ = 0;
  RedisHistory history_;
  UnderWay under_way_;
  /// Pushes that come before anything new once the canvas is open.
  std::vector<Push> brought_;
  std::uint64_t archived_ = 0;
  std::uint64_t actors_end_ = 1;  // above every number that is known to be given
  std::uint64_t older_snapshot_ = 0, newer_snapshot_ = 0;
  std::shared_ptr<CanvasArchive> archive_;  // null without an archive

  // While it opens.
  std::uint64_t attempt_ = 0;  // to open it: answers of the archive to an earlier one are dropped
  Snapshot base_;
  ActorRange actors_;
  KnownPoint newest_snapshot_;
  std::uint64_t opening_head_ = 0;
  int looks_for_archive_ = 0;
  bool is_expiring_ = false;       // somebody has let it expire meanwhile
  bool was_open_ = false;          // the listener knows an earlier history, which is void
  bool has_reread_ = false;        // damage was found once: the second time it is told
  std::optional<Seen> restarted_;  // Redis has it, and may have lost its end
  std::string why_not_open_;
  Alarm open_alarm_;

  // While it follows.
  bool has_channel_ = false;
  bool needs_look_ = false;      // Redis may be another one since the last look: nothing is sent
  bool is_proven_ = false;       // no hole since the last break of the channel
  std::uint64_t heard_seq_ = 0;  // the highest that was announced under this epoch
  std::map<std::uint64_t, KeptEntry> ahead_;
  std::size_t ahead_bytes_ = 0;
  bool is_looking_ = false;
  bool looks_again_ = false;
  std::size_t new_syncs_ = 0;     // calls that no look answers yet
  std::size_t looked_syncs_ = 0;  // calls that the look under way answers
  std::deque<SyncGroup> syncs_;
  Alarm gap_alarm_;

  // While it appends.
  std::map<ClientId, std::uint64_t> held_;  // the lowest number that was refused as unavailable
  std::deque<ClientId> held_order_;         // strangers among them, in the order of that
  bool is_in_trouble_ = false;              // Redis cannot be reached, or takes nothing
  bool is_refusing_ = false;                // … for so long that new pushes are refused
  std::string last_failure_;
  std::chrono::milliseconds retry_delay_;
  bool claims_nothing_ = false;  // closed, and Redis has moved on
  Alarm retry_alarm_, refuse_alarm_, leave_alarm_;

  std::optional<Restoring> restoring_;
  Alarm offer_alarm_, force_alarm_;
};

}  // namespace weft::log
