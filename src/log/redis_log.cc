// SPDX-License-Identifier: Apache-2.0
#include "log/redis_log.h"

#include "log/redis_canvas.h"
#include "log/shard_inbox.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace weft::log {

/// The canvases that are open, and those that are closed and not settled yet, with their timetable.
class RedisLog::Canvases {
 public:
  using Held = std::shared_ptr<RedisCanvas>;

  Canvases(redis::Commands& commands, redis::Channels& channels, store::Store* archive, Post post,
           EpochSource fresh_epoch, RedisLogOptions options, Notice notice)
      : inbox_(std::make_shared<ShardInbox>(std::move(post))),
        context_{
            .commands = commands,
            .channels = channels,
            .archive = archive,
            .options = std::move(options),
            .later = [inbox = inbox_](std::function<void()> work) { inbox->put(std::move(work)); },
            .fresh_epoch = std::move(fresh_epoch),
            .notice = std::move(notice),
            .touch = [this](Held canvas) { touched_.push_back(std::move(canvas)); },
            .forget = [this](RedisCanvas& canvas) { forget(canvas); },
            .unarchived = {}} {
    assert(!context_.options.acks_from_archive || archive != nullptr);
  }
  ~Canvases() {
    inbox_->close();
    for (const auto& [id, canvas] : open_) context_.channels.unsubscribe(canvas->channel());
  }
  Canvases(const Canvases&) = delete;
  Canvases& operator=(const Canvases&) = delete;

  void open(const CanvasId& id, LogListener& listener) {
    std::vector<Push> under_way;
    for (const Held& canvas : leaving_) {
      if (canvas->id() != id) continue;
      for (Push& push : canvas->hand_over()) under_way.push_back(std::move(push));
    }
    auto canvas = std::make_shared<RedisCanvas>(context_, id, listener, std::move(under_way));
    [[maybe_unused]] const bool is_new = open_.emplace(id, canvas).second;
    assert(is_new);
    canvas->start();
  }
  void close(const CanvasId& id) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    const Held canvas = std::move(found->second);
    open_.erase(found);
    leaving_.push_back(canvas);
    canvas->close();
  }
  [[nodiscard]] RedisCanvas& opened(const CanvasId& id) {
    const auto found = open_.find(id);
    assert(found != open_.end());
    return *found->second;
  }

  void advance(Now now) {
    now_ = now.mono;
    std::vector<Held> due = std::exchange(touched_, {});
    while (!timetable_.empty() && timetable_.begin()->first <= now_) {
      due.push_back(timetable_.begin()->second->shared_from_this());
      unschedule(*due.back());
    }
    for (const Held& canvas : due) canvas->is_touched = false;
    for (const Held& canvas : due) {
      canvas->advance(now);
      unschedule(*canvas);
      if (canvas->has_ended()) {
        std::erase(leaving_, canvas);
        continue;
      }
      canvas->scheduled_at = canvas->next_deadline(now_);
      if (canvas->scheduled_at) timetable_.emplace(*canvas->scheduled_at, canvas.get());
    }
  }
  [[nodiscard]] std::optional<Instant> next_deadline() const {
    if (!touched_.empty()) return now_;
    if (timetable_.empty()) return std::nullopt;
    return timetable_.begin()->first;
  }

  [[nodiscard]] const std::map<CanvasId, Held>& all_open() const { return open_; }
  [[nodiscard]] const std::vector<Held>& all_leaving() const { return leaving_; }
  [[nodiscard]] RedisLogContext& context() { return context_; }

 private:
  void unschedule(RedisCanvas& canvas) {
    if (const auto at = std::exchange(canvas.scheduled_at, std::nullopt)) {
      timetable_.erase({*at, &canvas});
    }
  }
  void forget(RedisCanvas& canvas) {
    const auto found = open_.find(canvas.id());
    if (found == open_.end() || found->second.get() != &canvas) return;
    leaving_.push_back(std::move(found->second));
    open_.erase(found);
  }

  std::shared_ptr<ShardInbox> inbox_;
  RedisLogContext context_;
  Instant now_{};
  std::vector<Held> touched_;
  std::set<std::pair<Instant, RedisCanvas*>> timetable_;
  std::map<CanvasId, Held> open_;
  std::vector<Held> leaving_;
};

RedisLog::RedisLog(redis::Commands& commands, redis::Channels& channels, store::Store* archive,
                   Post post, EpochSource fresh_epoch, RedisLogOptions options, Notice notice)
    : canvases_(std::make_unique<Canvases>(commands, channels, archive, std::move(post),
                                           std::move(fresh_epoch), std::move(options),
                                           std::move(notice))) {}

RedisLog::~RedisLog() = default;

void RedisLog::open(const CanvasId& canvas, LogListener& listener) {
  canvases_->open(canvas, listener);
}

void RedisLog::close(const CanvasId& canvas) {
  canvases_->close(canvas);
}

void RedisLog::append(const CanvasId& canvas, Push push) {
  canvases_->opened(canvas).append(std::move(push));
}

void RedisLog::save_snapshot(const CanvasId& canvas, Snapshot snapshot) {
  canvases_->opened(canvas).save_snapshot(std::move(snapshot));
}

/// Another instance may have appended at any time, so Redis is asked always.
bool RedisLog::sync(const CanvasId& canvas) {
  canvases_->opened(canvas).sync();
  return false;
}

void RedisLog::reserve_actors(const CanvasId& canvas) {
  canvases_->opened(canvas).reserve_actors();
}

std::optional<ClientMark> RedisLog::client(const CanvasId& canvas, const ClientId& client) const {
  return canvases_->opened(canvas).client(client);
}

void RedisLog::exists(const CanvasId& canvas,
                      std::function<void(Result<bool, std::string> exists)> done) {
  RedisLogContext& context = canvases_->context();
  RedisScripts(context.commands, canvas)
      .exists([canvas, archive = context.archive, later = context.later,
               done = std::move(done)](Result<bool, redis::RedisError> in_redis) {
        if (!in_redis) return done(Failure("Redis does not answer: " + in_redis.error().detail));
        if (*in_redis || archive == nullptr) return done(*in_redis);
        archive->exists(canvas, [later, done](Result<bool, store::StoreError> at_rest) {
          later([done, at_rest = std::move(at_rest)] {
            if (!at_rest) return done(Failure(at_rest.error().detail));
            done(*at_rest);
          });
        });
      });
}

bool RedisLog::is_available() const {
  if (canvases_->context().unarchived.is_full()) return false;
  return std::ranges::none_of(canvases_->all_open(),
                              [](const auto& canvas) { return canvas.second->is_refusing(); });
}

void RedisLog::advance(Now now) {
  canvases_->advance(now);
}

std::optional<Instant> RedisLog::next_deadline() const {
  return canvases_->next_deadline();
}

std::string RedisLog::trouble() const {
  const RedisLogContext& context = canvases_->context();
  if (context.unarchived.is_full()) return "the archive has not taken the edits of a while";
  for (const auto& [id, canvas] : canvases_->all_open()) {
    if (std::string sentence = canvas->trouble(); !sentence.empty()) return sentence;
  }
  if (context.archive != nullptr && !context.archive->is_available()) {
    return "the archive is unavailable";
  }
  return {};
}

bool RedisLog::is_idle() const {
  const auto is_idle = [](const auto& canvas) { return canvas->is_idle(); };
  return std::ranges::all_of(canvases_->all_leaving(), is_idle) &&
         std::ranges::all_of(canvases_->all_open(),
                             [&](const auto& open) { return is_idle(open.second); });
}

}  // namespace weft::log
