// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_log.h"

#include "sim/complaint.h"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::sim {

using log::Entry;
using log::LogErrc;
using log::Push;

class SimLogService::SimLog final : public log::Log {
 public:
  SimLog(SimLogService& service, std::size_t instance) : service_(service), instance_(instance) {}
  ~SimLog() override {
    for (const auto& [canvas, channel] : open_) {
      channel->listener = nullptr;
      // Of what was under way some never left.
      while (!channel->requests.empty() && service_.shared_.random.one_in(2)) {
        channel->requests.pop_back();
      }
    }
  }

  void open(const CanvasId& canvas, log::LogListener& listener) override {
    auto channel = std::make_shared<Channel>();
    channel->instance = instance_;
    channel->canvas = canvas;
    channel->listener = &listener;
    open_[canvas] = channel;
    service_.channels_.push_back(channel);
    service_.ask(*channel, Open{});
  }
  void close(const CanvasId& canvas) override {
    const auto found = open_.find(canvas);
    if (found == open_.end()) return;
    found->second->listener = nullptr;
    open_.erase(found);
  }
  void append(const CanvasId& canvas, Push push) override {
    Channel& channel = *open_.at(canvas);
    const auto waits = channel.waits.find(push.client);
    const auto mark = channel.marks.find(push.client);
    if (mark != channel.marks.end() && mark->second.user == push.user && push.n <= mark->second.n) {
      channel.local.push_back({std::move(push), LogErrc::duplicate});
      return;
    }
    if (is_under_way(channel, push)) {  // its answer comes after that one's
      service_.ask(channel, std::move(push));
      return;
    }
    const bool must_wait = waits != channel.waits.end() && push.n > waits->second;
    if (must_wait || !is_available()) {
      if (!must_wait) channel.waits[push.client] = push.n;
      channel.local.push_back({std::move(push), LogErrc::unavailable});
      return;
    }
    if (waits != channel.waits.end() && push.n == waits->second) channel.waits.erase(waits);
    service_.ask(channel, std::move(push));
  }
  void save_snapshot(const CanvasId& canvas, log::Snapshot snapshot) override {
    Channel& channel = *open_.at(canvas);
    snapshot.complete();
    if (snapshot.seq == channel.delivered) service_.ask(channel, std::move(snapshot));
  }
  [[nodiscard]] bool sync(const CanvasId& canvas) override {
    Channel& channel = *open_.at(canvas);
    if (service_.shared_.plan.sabotage == Sabotage::arrivals_are_not_synced) return true;
    if (!channel.is_void && channel.delivered == service_.canvas(canvas).entries.size() &&
        service_.shared_.random.one_in(3)) {
      return true;
    }
    service_.shared_.count("sync");
    service_.ask(channel, Sync{});
    return false;
  }
  void reserve_actors(const CanvasId& canvas) override {
    service_.ask(*open_.at(canvas), Reserve{});
  }
  [[nodiscard]] std::optional<log::ClientMark> client(const CanvasId& canvas,
                                                      const ClientId& client) const override {
    const auto& marks = open_.at(canvas)->marks;
    const auto found = marks.find(client);
    if (found == marks.end()) return std::nullopt;
    return found->second;
  }
  void exists(const CanvasId&, std::function<void(Result<bool, std::string>)>) override {}
  [[nodiscard]] bool is_available() const override {
    return service_.net_.reaches_log(instance_, service_.now());
  }

 private:
  [[nodiscard]] static bool is_under_way(const Channel& channel, const Push& push) {
    const auto is_it = [&push](const Push& other) {
      return other.client == push.client && other.n == push.n;
    };
    return std::ranges::any_of(channel.requests,
                               [&](const auto& request) {
                                 const auto* other = std::get_if<Push>(&request.what);
                                 return other != nullptr && is_it(*other);
                               }) ||
           std::ranges::any_of(channel.words, [&](const auto& word) {
             const auto* entry = std::get_if<Entry>(&word.what);
             return entry != nullptr && is_it(entry->push);
           });
  }

  SimLogService& service_;
  std::size_t instance_;
  std::map<CanvasId, std::shared_ptr<Channel>> open_;
};

std::unique_ptr<log::Log> SimLogService::connect(std::size_t instance) {
  return std::make_unique<SimLog>(*this, instance);
}

SimLogService::Canvas& SimLogService::canvas(const CanvasId& id) {
  const auto [at, is_new] = canvases_.try_emplace(id);
  if (is_new) {
    at->second.epoch = ++last_epoch_;
    shared_.epochs[id].insert(last_epoch_);
  }
  return at->second;
}

template <class T>
void SimLogService::put(std::deque<Due<T>>& queue, T what, std::chrono::milliseconds lag) {
  const std::size_t delay_max =
      static_cast<std::size_t>(shared_.plan.cluster.log_delay_max.count());
  Instant at = now() + lag + shared_.random.ms_between(0, delay_max);
  if (!queue.empty()) at = std::max(at, queue.back().at);
  queue.push_back({at, std::move(what)});
}

void SimLogService::ask(Channel& channel, Request request) {
  if (!channel.is_void) put(channel.requests, std::move(request), {});
}

void SimLogService::tell(Channel& channel, Word word) {
  put(channel.words, std::move(word), channel.instance * shared_.plan.cluster.log_lag);
}

void SimLogService::run() {
  // By index: telling a room may open another canvas.
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    const std::shared_ptr<Channel> channel = channels_[i];
    const bool reaches = net_.reaches_log(channel->instance, now());
    while (reaches && !channel->requests.empty() && channel->requests.front().at <= now()) {
      Request request = std::move(channel->requests.front().what);
      channel->requests.pop_front();
      carry_out(*channel, request);
    }
    while (channel->listener != nullptr && !channel->local.empty()) {
      const Refusal refusal = std::move(channel->local.front());
      channel->local.pop_front();
      if (channel->is_void) continue;
      channel->listener->log_refused(refusal.push.client, refusal.push.n, refusal.push.actor,
                                     refusal.errc);
    }
    while (reaches && channel->listener != nullptr && !channel->words.empty() &&
           channel->words.front().at <= now()) {
      Word word = std::move(channel->words.front().what);
      channel->words.pop_front();
      take(*channel, word);
    }
  }
  std::erase_if(channels_, [](const auto& channel) {
    return channel->listener == nullptr && channel->requests.empty();
  });
}

bool SimLogService::has_untold(const CanvasId& id) {
  const Canvas& at = canvas(id);
  return at.told < at.entries.size();
}

log::Opened SimLogService::read_at_rest(const CanvasId& id) {
  const Canvas& at = canvas(id);
  for (std::uint64_t seq = at.told + 1; seq <= at.entries.size(); ++seq) {
    note_told(id, at.entries[seq - 1]);
  }
  return read(at);
}

log::Opened SimLogService::read(const Canvas& from) {
  log::Opened opened;
  opened.epoch = from.epoch;
  if (!from.snapshots.empty()) {
    opened.base = from.snapshots.front();
    opened.newest_snapshot_seq = from.snapshots.back().seq;
  }
  opened.tail.assign(from.entries.begin() + static_cast<std::ptrdiff_t>(opened.base.seq),
                     from.entries.end());
  return opened;
}

std::uint64_t SimLogService::mark(const CanvasId& id, const ClientId& client) {
  const auto& marks = canvas(id).marks;
  const auto found = marks.find(client);
  return found == marks.end() ? 0 : found->second.n;
}

void SimLogService::carry_out(Channel& channel, Request& request) {
  Canvas& at = canvas(channel.canvas);
  const auto take_actors = [&](std::size_t count) {
    const log::ActorRange range{at.next_actor, at.next_actor + count};
    at.next_actor = range.end;
    return range;
  };
  if (std::holds_alternative<Open>(request)) {
    if (channel.listener == nullptr) return;
    if (!shared_.is_calm() && shared_.random.one_in(40)) {
      tell(channel, OpenFailed{});
      return;
    }
    log::Opened opened = read(at);
    opened.actors = take_actors(shared_.random.between(1, 12));
    channel.is_told = true;
    tell(channel, std::move(opened));
  } else if (std::holds_alternative<Sync>(request)) {
    tell(channel, Synced{});
  } else if (std::holds_alternative<Reserve>(request)) {
    const bool fails = !shared_.is_calm() && shared_.random.one_in(30);
    tell(channel, take_actors(fails ? 0 : shared_.random.between(1, 12)));
  } else if (const auto* push = std::get_if<Push>(&request)) {
    append(channel, *push);
  } else if (auto* snapshot = std::get_if<log::Snapshot>(&request)) {
    if (!at.snapshots.empty() && at.snapshots.back().seq >= snapshot->seq) return;
    if (at.snapshots.size() == 2) at.snapshots.erase(at.snapshots.begin());
    at.snapshots.push_back(std::move(*snapshot));
  }
}

void SimLogService::append(Channel& channel, const Push& push) {
  Canvas& at = canvas(channel.canvas);
  const auto mark = at.marks.find(push.client);
  const std::uint64_t n = mark == at.marks.end() ? 0 : mark->second.n;
  if (mark != at.marks.end() && mark->second.user != push.user) {
    tell(channel, Refusal{push, LogErrc::not_owner});
  } else if (push.n <= n) {
    tell(channel, Refusal{push, LogErrc::duplicate});
  } else if (push.n > n + 1) {
    tell(channel, Refusal{push, LogErrc::out_of_order});
  } else {
    at.marks[push.client] = {push.client, push.user, push.n};
    const protocol::Sum before = at.entries.empty() ? 0 : at.entries.back().sum;
    at.entries.push_back(
        {at.entries.size() + 1, log::next_sum(before, log::encode_push(push)), push});
    for (const auto& other : channels_) {
      if (other->canvas == channel.canvas && other->is_told && !other->is_void) {
        tell(*other, at.entries.back());
      }
    }
  }
}

/// Somebody knows the entry from now on: so it is never lost.
void SimLogService::note_told(const CanvasId& id, const Entry& entry) {
  Canvas& at = canvas(id);
  if (entry.seq <= at.told) return;
  at.told = entry.seq;
  shared_.ledger.commit(id,
                        {.seq = entry.seq, .sum = entry.sum, .push = log::encode_push(entry.push)});
}

void SimLogService::reach(Channel& channel, const Entry& entry) {
  note_told(channel.canvas, entry);
  channel.delivered = entry.seq;
  channel.marks[entry.push.client] = {entry.push.client, entry.push.user, entry.push.n};
  if (const auto waits = channel.waits.find(entry.push.client);
      waits != channel.waits.end() && waits->second <= entry.push.n) {
    channel.waits.erase(waits);  // it came by another instance
  }
}

void SimLogService::take(Channel& channel, Word& word) {
  log::LogListener& listener = *channel.listener;
  if (auto* opened = std::get_if<log::Opened>(&word)) {
    channel.marks.clear();
    const Canvas& at = canvas(channel.canvas);
    const std::uint64_t end = opened->base.seq + opened->tail.size();
    for (std::uint64_t seq = 1; seq <= end; ++seq) reach(channel, at.entries[seq - 1]);
    channel.delivered = end;
    listener.log_opened(std::move(*opened));
  } else if (std::holds_alternative<OpenFailed>(word)) {
    channel.listener = nullptr;
    shared_.count("open failed");
    listener.log_open_failed(LogErrc::unavailable, "as it goes");
  } else if (const auto* entry = std::get_if<Entry>(&word)) {
    reach(channel, *entry);
    listener.log_entries({entry, 1});
  } else if (const auto* refusal = std::get_if<Refusal>(&word)) {
    listener.log_refused(refusal->push.client, refusal->push.n, refusal->push.actor, refusal->errc);
  } else if (const auto* actors = std::get_if<log::ActorRange>(&word)) {
    listener.log_actors(*actors);
  } else if (std::holds_alternative<Synced>(word)) {
    listener.log_synced();
  } else if (std::holds_alternative<Reset>(word)) {
    channel.is_void = false;
    channel.waits.clear();
    listener.log_reset();
    ask(channel, Open{});
  } else {
    listener.log_epoch_changed(std::get<std::uint64_t>(word));
  }
}

void SimLogService::start_over(const CanvasId& id) {
  Canvas& at = canvas(id);
  at.epoch = ++last_epoch_;
  shared_.epochs[id].insert(at.epoch);
  const bool loses = at.entries.size() > at.told && shared_.random.one_in(2);
  if (loses) {
    shared_.count("log lost its tail");
    at.entries.resize(at.told);
    at.marks.clear();
    for (const Entry& entry : at.entries) {
      at.marks[entry.push.client] = {entry.push.client, entry.push.user, entry.push.n};
    }
  }
  for (const auto& channel : channels_) {
    if (channel->canvas != id) continue;
    if (channel->listener == nullptr) {
      if (loses) channel->requests.clear();
      continue;
    }
    const bool is_opening =
        !channel->is_told || std::ranges::any_of(channel->words, [](const auto& word) {
          return std::holds_alternative<log::Opened>(word.what);
        });
    if (is_opening) {
      // It knows nothing yet; it is just told later.
      const bool is_void = channel->is_void;
      channel->requests.clear();
      channel->words.clear();
      channel->is_told = false;
      if (is_void) {
        tell(*channel, Reset{});
      } else {
        ask(*channel, Open{});
      }
    } else if (loses || shared_.random.one_in(2)) {
      channel->requests.clear();
      channel->words.clear();
      channel->is_told = false;
      channel->is_void = true;
      tell(*channel, Reset{});
    } else {
      tell(*channel, at.epoch);
    }
  }
}

}  // namespace weft::sim
