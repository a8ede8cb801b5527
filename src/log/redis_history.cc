// SPDX-License-Identifier: Apache-2.0
#include "log/redis_history.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace weft::log {

namespace {

std::string damage(const CanvasId& canvas, std::uint64_t seq, std::string_view what) {
  std::string out = "Canvas " + canvas + " is damaged in Redis at seq " + std::to_string(seq);
  return out.append(": ").append(what);
}

}  // namespace

void RedisHistory::begin(Point base, std::span<const ClientMark> clients) {
  untold_.clear();
  clients_.clear();
  remembered_.clear();
  remembered_bytes_ = 0;
  for (const ClientMark& mark : clients) clients_[mark.client] = {mark.user, mark.n, mark.n};
  before_remembered_ = base;
  told_ = base;
  known_ = std::move(base);
}

Result<const Entry*, std::string> RedisHistory::accept(KeptEntry entry) {
  if (entry.seq != known_.seq + 1) {
    return Failure(damage(canvas_, known_.seq + 1, "this entry is missing."));
  }
  const auto sum_then = sum_at(entry.known_seq);
  if (sum_then && *sum_then != entry.known_sum) {
    return Failure(damage(canvas_, entry.seq, "its appender knew another history."));
  }
  auto push = decode_push(entry.push);
  if (!push) return Failure(damage(canvas_, entry.seq, push.error().what));
  auto [at, is_new] = clients_.try_emplace(push->client, Client{.user = push->user});
  Client& client = at->second;
  if (push->n != client.known_n + 1 || push->user != client.user) {
    if (is_new) clients_.erase(at);
    return Failure(damage(canvas_, entry.seq, "it does not follow its client's last push."));
  }
  client.known_n = push->n;
  known_ = {
      .seq = entry.seq, .sum = next_sum(known_.sum, entry.push), .chain = std::move(entry.chain)};
  next_actor_ = std::max(next_actor_, push->actor.value + 1);
  untold_.push_back({.seq = known_.seq, .sum = known_.sum, .push = *std::move(push)});
  remembered_bytes_ += entry.push.size();
  remembered_.push_back({.point = known_, .push = std::move(entry.push)});
  while (remembered_bytes_ > kRememberedBytesMax || remembered_.size() > kRememberedEntriesMax) {
    forget_remembered(remembered_.front().point.seq);
  }
  return &untold_.back();
}

std::vector<Entry> RedisHistory::tell_up_to(std::uint64_t seq) {
  std::vector<Entry> entries;
  while (!untold_.empty() && untold_.front().seq <= seq) {
    Entry& entry = untold_.front();
    clients_[entry.push.client].told_n = entry.push.n;
    entries.push_back(std::move(entry));
    untold_.pop_front();
  }
  if (entries.empty()) return entries;
  if (untold_.empty()) {
    told_ = known_;
  } else {
    const std::size_t behind = untold_.size();
    told_ = behind < remembered_.size()
                ? remembered_[remembered_.size() - 1 - behind].point
                : Point{.seq = entries.back().seq, .sum = entries.back().sum, .chain = {}};
  }
  return entries;
}

void RedisHistory::forget_untold() {
  for (const Entry& entry : untold_) {
    auto at = clients_.find(entry.push.client);
    if (at == clients_.end()) continue;
    at->second.known_n = at->second.told_n;
    if (at->second.told_n == 0) clients_.erase(at);
  }
  untold_.clear();
  known_ = told_;
  while (!remembered_.empty() && remembered_.back().point.seq > told_.seq) {
    remembered_bytes_ -= remembered_.back().push.size();
    remembered_.pop_back();
  }
}

void RedisHistory::forget_remembered(std::uint64_t seq) {
  while (!remembered_.empty() && remembered_.front().point.seq <= seq) {
    before_remembered_ = std::move(remembered_.front().point);
    remembered_bytes_ -= remembered_.front().push.size();
    remembered_.pop_front();
  }
}

const Point* RedisHistory::point_at(std::uint64_t seq) const {
  if (seq == before_remembered_.seq) return &before_remembered_;
  if (seq < before_remembered_.seq || seq > known_.seq) return nullptr;
  return &remembered_[seq - before_remembered_.seq - 1].point;
}

std::optional<protocol::Sum> RedisHistory::sum_at(std::uint64_t seq) const {
  const Point* point = point_at(seq);
  return point == nullptr ? std::nullopt : std::optional(point->sum);
}

const RedisHistory::Client* RedisHistory::find(const ClientId& client) const {
  const auto at = clients_.find(client);
  return at == clients_.end() ? nullptr : &at->second;
}

std::vector<ClientMark> RedisHistory::told_marks() const {
  std::vector<ClientMark> marks;
  for (const auto& [name, client] : clients_) {
    if (client.told_n > 0) {
      marks.push_back({.client = name, .user = client.user, .n = client.told_n});
    }
  }
  return marks;
}

}  // namespace weft::log
