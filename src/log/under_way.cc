// SPDX-License-Identifier: Apache-2.0
#include "log/under_way.h"

#include <limits>

namespace weft::log {

UnderWayPush& UnderWay::add(Push push, Bytes canonical, bool is_brought_back) {
  bytes_ += canonical.size();
  ++waiting_;
  const At at = all_.insert(all_.end(), {.ticket = ++last_ticket_,
                                         .push = std::move(push),
                                         .canonical = std::move(canonical),
                                         .state = UnderWayPush::State::waiting,
                                         .duplicates = {},
                                         .is_brought_back = is_brought_back});
  by_number_.emplace(std::pair(at->push.client, at->push.n), at);
  by_ticket_.emplace(at->ticket, at);
  return *at;
}

UnderWayPush* UnderWay::find(const ClientId& client, std::uint64_t n) {
  const auto found = by_number_.find({client, n});
  return found == by_number_.end() ? nullptr : &*found->second;
}

UnderWayPush* UnderWay::find(std::uint64_t ticket) {
  const auto found = by_ticket_.find(ticket);
  return found == by_ticket_.end() ? nullptr : &*found->second;
}

std::optional<UnderWayPush> UnderWay::take(const ClientId& client, std::uint64_t n) {
  const auto found = by_number_.find({client, n});
  if (found == by_number_.end()) return std::nullopt;
  const At at = found->second;
  set_state(*at, UnderWayPush::State::sent);  // it waits no more
  UnderWayPush taken = std::move(*at);
  bytes_ -= taken.canonical.size();
  by_number_.erase(found);
  by_ticket_.erase(taken.ticket);
  all_.erase(at);
  return taken;
}

bool UnderWay::has_unsettled_before(const ClientId& client, std::uint64_t n) const {
  for (auto at = by_number_.lower_bound({client, 0}); at != by_number_.end(); ++at) {
    if (at->first.first != client || at->first.second >= n) return false;
    if (at->second->state != UnderWayPush::State::in_log) return true;
  }
  return false;
}

std::uint64_t UnderWay::highest(const ClientId& client) const {
  auto at = by_number_.upper_bound({client, std::numeric_limits<std::uint64_t>::max()});
  if (at == by_number_.begin()) return 0;
  --at;
  return at->first.first == client ? at->first.second : 0;
}

void UnderWay::clear() {
  all_.clear();
  by_number_.clear();
  by_ticket_.clear();
  bytes_ = 0;
  waiting_ = 0;
}

void UnderWay::set_state(UnderWayPush& push, UnderWayPush::State state) {
  if (push.state == UnderWayPush::State::waiting) --waiting_;
  if (state == UnderWayPush::State::waiting) ++waiting_;
  push.state = state;
}

void UnderWay::wait_all() {
  for (UnderWayPush& push : all_) set_state(push, UnderWayPush::State::waiting);
}

}  // namespace weft::log
