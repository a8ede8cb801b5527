// SPDX-License-Identifier: Apache-2.0
#include "log/local_log.h"

#include "log/history.h"

#include <algorithm>
#include <cassert>
#include <mutex>
#include <utility>

namespace weft::log {

/// Where answers wait for the shard. Outlives the log for as long as the store may still call. Any
/// thread may put; what was put together arrives together, so that one group commit becomes one
/// delivery.
class LocalLog::Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  Inbox(LocalLog& log, Post post) : log_(&log), post_(std::move(post)) {}

  void put(Event event) {
    std::lock_guard lock(mutex_);
    if (log_ == nullptr) return;
    events_.push_back(std::move(event));
    if (events_.size() == 1) {
      post_([self = shared_from_this()] { self->drain(); });
    }
  }
  /// On the shard. Nothing is posted or handled after this.
  void close() {
    std::lock_guard lock(mutex_);
    log_ = nullptr;
    events_.clear();
  }

 private:
  void drain() {
    std::vector<Event> events;
    LocalLog* log = nullptr;
    {
      std::lock_guard lock(mutex_);
      events.swap(events_);
      log = log_;
    }
    if (log != nullptr) log->handle(std::move(events));
  }

  // Protected by mutex_.
  std::mutex mutex_;
  LocalLog* log_;
  Post post_;
  std::vector<Event> events_;
};

LocalLog::LocalLog(store::Store& store, Post post, EpochSource fresh_epoch)
    : store_(store),
      fresh_epoch_(std::move(fresh_epoch)),
      inbox_(std::make_shared<Inbox>(*this, std::move(post))) {}

LocalLog::~LocalLog() {
  inbox_->close();
}

void LocalLog::open(const CanvasId& canvas, LogListener& listener) {
  const Life life = ++last_life_;
  [[maybe_unused]] const bool is_new = canvases_.try_emplace(canvas).second;
  assert(is_new);
  canvases_[canvas].life = life;
  canvases_[canvas].listener = &listener;
  store_.load(canvas, fresh_epoch_(), kActorsPerReservation,
              [inbox = inbox_, canvas, life](Loaded loaded) {
                inbox->put({canvas, life, std::move(loaded)});
              });
}

void LocalLog::close(const CanvasId& canvas) {
  canvases_.erase(canvas);
}

void LocalLog::append(const CanvasId& id, Push push) {
  Canvas& canvas = opened(id);
  auto known = canvas.clients.find(push.client);
  const Client client = known == canvas.clients.end() ? Client{.user = push.user} : known->second;
  if (client.appended_n > 0 && client.user != push.user) {
    return refuse(id, canvas, push, LogErrc::not_owner);
  }
  if (push.n <= client.delivered_n) return refuse(id, canvas, push, LogErrc::duplicate);
  if (push.n <= client.appended_n) {
    auto original = std::ranges::find_if(canvas.in_flight, [&](const InFlight& kept) {
      return kept.entry.push.n == push.n && kept.entry.push.client == push.client;
    });
    std::vector<Refusal>& told_later = original->duplicates;
    if (std::ranges::find(told_later, push.actor, &Refusal::actor) == told_later.end()) {
      told_later.push_back({push.client, push.n, push.actor, LogErrc::duplicate});
    }
    return;
  }
  if (push.n > client.appended_n + 1) {
    return refuse(
        id, canvas, push,
        waits_for_retry(canvas, push.client) ? LogErrc::unavailable : LogErrc::out_of_order);
  }
  Bytes bytes = encode_push(push);
  if (!store_.is_available() || canvas.in_flight_bytes + bytes.size() > kInFlightBytesMax) {
    note_unavailable(canvas, push.client);
    return refuse(id, canvas, push, LogErrc::unavailable);
  }

  if (known == canvas.clients.end()) {
    auto& strangers = canvas.waiting_strangers;
    strangers.erase(std::ranges::remove(strangers, push.client).begin(), strangers.end());
  }
  Client& taken = canvas.clients[push.client];
  taken.user = push.user;
  taken.appended_n = push.n;
  taken.waits_for_retry = false;
  canvas.head_seq += 1;
  canvas.head_sum = next_sum(canvas.head_sum, bytes);
  const std::uint64_t seq = canvas.head_seq;
  canvas.in_flight_bytes += bytes.size();
  canvas.in_flight.push_back(
      {.entry = {.seq = seq, .sum = canvas.head_sum, .push = std::move(push)},
       .bytes = bytes.size(),
       .duplicates = {}});
  store_.append(id, canvas.epoch, {.seq = seq, .sum = canvas.head_sum, .push = std::move(bytes)},
                [inbox = inbox_, id, life = canvas.life, seq](store::Kept kept) {
                  // Nobody else writes to this store, so nobody changes the epoch. If somebody did,
                  // the push is told to nobody.
                  assert(kept == store::Kept::committed);
                  if (kept == store::Kept::committed) inbox->put({id, life, Committed{seq}});
                });
}

void LocalLog::save_snapshot(const CanvasId& id, Snapshot snapshot) {
  Canvas& canvas = opened(id);
  if (snapshot.seq != canvas.delivered_seq || snapshot.seq == 0) return;
  snapshot.sum = canvas.delivered_sum;
  snapshot.clients.clear();
  for (const auto& [name, client] : canvas.clients) {
    if (client.delivered_n > 0) {
      snapshot.clients.push_back({.client = name, .user = client.user, .n = client.delivered_n});
    }
  }
  store::SnapshotRow row{.seq = snapshot.seq, .sum = snapshot.sum, .state = {}};
  row.make_state = [snapshot = std::move(snapshot)]() mutable {
    snapshot.complete();
    return encode_snapshot(snapshot);
  };
  store_.save_snapshot(id, canvas.epoch, std::move(row));
}

bool LocalLog::sync(const CanvasId&) {
  return true;
}

void LocalLog::reserve_actors(const CanvasId& id) {
  store_.reserve_actors(id, kActorsPerReservation,
                        [inbox = inbox_, id, life = opened(id).life](Reserved reserved) {
                          inbox->put({id, life, std::move(reserved)});
                        });
}

std::optional<ClientMark> LocalLog::client(const CanvasId& id, const ClientId& client) const {
  auto canvas = canvases_.find(id);
  assert(canvas != canvases_.end() && canvas->second.is_open);
  auto found = canvas->second.clients.find(client);
  if (found == canvas->second.clients.end() || found->second.delivered_n == 0) return std::nullopt;
  return ClientMark{.client = client, .user = found->second.user, .n = found->second.delivered_n};
}

void LocalLog::exists(const CanvasId& canvas, std::function<void(Result<bool, std::string>)> done) {
  store_.exists(canvas, [inbox = inbox_, canvas,
                         done = std::move(done)](Result<bool, store::StoreError> exists) {
    Result<bool, std::string> answer;
    if (exists) {
      answer = *exists;
    } else {
      answer = Failure(std::move(exists.error().detail));
    }
    inbox->put({canvas, 0, Existence{done, std::move(answer)}});
  });
}

bool LocalLog::is_available() const {
  return store_.is_available();
}

LocalLog::Canvas* LocalLog::find(const CanvasId& id, Life life) {
  auto found = canvases_.find(id);
  return found == canvases_.end() || found->second.life != life ? nullptr : &found->second;
}

LocalLog::Canvas& LocalLog::opened(const CanvasId& id) {
  auto found = canvases_.find(id);
  assert(found != canvases_.end() && found->second.is_open);
  return found->second;
}

void LocalLog::note_unavailable(Canvas& canvas, const ClientId& client) {
  if (auto known = canvas.clients.find(client); known != canvas.clients.end()) {
    known->second.waits_for_retry = true;
    return;
  }
  if (waits_for_retry(canvas, client)) return;
  if (canvas.waiting_strangers.size() == kWaitingStrangersMax) canvas.waiting_strangers.pop_front();
  canvas.waiting_strangers.push_back(client);
}

bool LocalLog::waits_for_retry(const Canvas& canvas, const ClientId& client) {
  const auto known = canvas.clients.find(client);
  if (known != canvas.clients.end()) return known->second.waits_for_retry;
  return std::ranges::find(canvas.waiting_strangers, client) != canvas.waiting_strangers.end();
}

void LocalLog::refuse(const CanvasId& id, const Canvas& canvas, const Push& push, LogErrc errc) {
  inbox_->put({id, canvas.life, Refusal{push.client, push.n, push.actor, errc}});
}

void LocalLog::handle(std::vector<Event> events) {
  // First note all that is committed, so that a canvas gets it in one piece.
  for (const Event& event : events) {
    const auto* committed = std::get_if<Committed>(&event.what);
    if (committed == nullptr) continue;
    if (Canvas* canvas = find(event.canvas, event.life)) canvas->committed_seq = committed->seq;
  }
  // A call to a listener may close the canvas and open it again, so each event looks it up anew.
  for (Event& event : events) {
    if (auto* existence = std::get_if<Existence>(&event.what)) {
      existence->done(std::move(existence->exists));
      continue;
    }
    Canvas* canvas = find(event.canvas, event.life);
    if (canvas == nullptr) continue;
    if (std::holds_alternative<Committed>(event.what)) {
      deliver(event.canvas, *canvas);
    } else if (auto* loaded = std::get_if<Loaded>(&event.what)) {
      handle_loaded(event.canvas, *canvas, std::move(*loaded));
    } else if (auto* reserved = std::get_if<Reserved>(&event.what)) {
      canvas->listener->log_actors(
          *reserved ? ActorRange{**reserved, **reserved + kActorsPerReservation} : ActorRange{});
    } else if (auto* refusal = std::get_if<Refusal>(&event.what)) {
      canvas->listener->log_refused(refusal->client, refusal->n, refusal->actor, refusal->errc);
    }
  }
}

void LocalLog::handle_loaded(const CanvasId& id, Canvas& canvas, Loaded loaded) {
  LogListener& listener = *canvas.listener;
  auto fail = [&](LogErrc errc, const std::string& detail) {
    canvases_.erase(id);
    listener.log_open_failed(errc, detail);
  };
  if (!loaded) {
    return fail(
        loaded.error().errc == store::StoreErrc::corrupt ? LogErrc::corrupt : LogErrc::unavailable,
        loaded.error().detail);
  }
  const std::uint64_t epoch = loaded->epoch;
  const ActorRange actors{.first = loaded->first_actor, .end = loaded->end_actor};
  auto history = read_history(id, *std::move(loaded));
  if (!history) return fail(LogErrc::corrupt, history.error());

  const bool has_tail = !history->tail.empty();
  canvas.head_seq = has_tail ? history->tail.back().seq : history->base.seq;
  canvas.head_sum = has_tail ? history->tail.back().sum : history->base.sum;
  canvas.delivered_seq = canvas.committed_seq = canvas.head_seq;
  canvas.delivered_sum = canvas.head_sum;
  for (ClientMark& mark : history->clients) {
    canvas.clients[mark.client] = {
        .user = std::move(mark.user), .delivered_n = mark.n, .appended_n = mark.n};
  }
  canvas.epoch = epoch;
  canvas.is_open = true;
  listener.log_opened({.epoch = epoch,
                       .base = std::move(history->base),
                       .tail = std::move(history->tail),
                       .actors = actors,
                       .newest_snapshot_seq = history->newest_snapshot_seq});
}

/// Gives the listener everything that is committed, then the duplicates of it.
void LocalLog::deliver(const CanvasId& id, Canvas& canvas) {
  std::vector<Entry> entries;
  std::vector<Refusal> duplicates;
  while (!canvas.in_flight.empty() && canvas.delivered_seq < canvas.committed_seq) {
    InFlight& next = canvas.in_flight.front();
    canvas.delivered_seq = next.entry.seq;
    canvas.delivered_sum = next.entry.sum;
    canvas.clients[next.entry.push.client].delivered_n = next.entry.push.n;
    canvas.in_flight_bytes -= next.bytes;
    std::ranges::move(next.duplicates, std::back_inserter(duplicates));
    entries.push_back(std::move(next.entry));
    canvas.in_flight.pop_front();
  }
  if (entries.empty()) return;
  const Life life = canvas.life;
  canvas.listener->log_entries(entries);
  for (const Refusal& duplicate : duplicates) {
    if (find(id, life) == nullptr) return;
    canvas.listener->log_refused(duplicate.client, duplicate.n, duplicate.actor, duplicate.errc);
  }
}

}  // namespace weft::log
