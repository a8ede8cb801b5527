// SPDX-License-Identifier: Apache-2.0
#include "micro/live_rooms.h"

#include "micro/client_messages.h"
#include "router/pace.h"

#include <stdexcept>
#include <string>
#include <utility>

namespace weft::bench {

LiveRooms::LiveRooms(std::size_t people_per_room, const router::RouterConfig& config)
    : tick_(router::tick_for(people_per_room)),
      log_(
          store_, [this](std::function<void()> work) { posted_.push_back(std::move(work)); },
          [this] { return ++epoch_; }),
      bus_(hub_, [this](std::function<void()> work) { posted_.push_back(std::move(work)); }),
      router_(config, authenticator_, log_, bus_, nullptr, 1) {}

LiveRooms::LiveRooms(std::size_t rooms, std::size_t people_per_room,
                     const router::RouterConfig& config)
    : LiveRooms(people_per_room, config) {
  for (std::size_t room = 0; room < rooms; ++room) {
    const CanvasId canvas = "room-" + std::to_string(room);
    for (std::size_t i = 0; i < people_per_room; ++i) {
      join(canvas, "client-" + std::to_string(i));
    }
  }
  // The canvases are opened, everyone is welcomed, and told of those who came with them.
  constexpr int kTicksToSettle = 5;
  for (int i = 0; i < kTicksToSettle; ++i) pass_tick();
  if (router_.session_count() != rooms * people_per_room) throw std::runtime_error("some left");
  const Told told = pass_tick();
  if (told.live + told.reliable > 0) throw std::runtime_error("the rooms are not quiet");
}

void LiveRooms::join(const CanvasId& canvas, const std::string& client) {
  sessions_.push_back(router_.open_session(canvas, now_));
  router_.receive(sessions_.back(), hello(client), now_);
}

void LiveRooms::leave_from(std::size_t person) {
  for (std::size_t i = person; i < sessions_.size(); ++i) {
    router_.session_gone(sessions_[i], true, now_);
  }
  sessions_.resize(person);
}

void LiveRooms::say(std::size_t person, ByteView message) {
  router_.note_received(sessions_[person], now_.mono);
  router_.receive(sessions_[person], message, now_);
}

void LiveRooms::skip_time_of_tick() {
  now_.mono += tick_;
  now_.wall_ms += tick_.count();
}

void LiveRooms::deliver_commits() {
  while (store_.pump() || !posted_.empty()) {
    std::swap(posted_, running_);
    for (const auto& work : running_) work();
    running_.clear();
  }
}

LiveRooms::Told LiveRooms::pass_tick() {
  skip_time_of_tick();
  deliver_commits();
  // Those who say nothing answer the heartbeat.
  constexpr std::uint64_t kTicksPerPong = 500;
  if (++ticks_ % kTicksPerPong == 0) {
    for (const SessionId session : sessions_) router_.note_received(session, now_.mono);
  }
  router_.advance(now_);
  router_.take_effects(effects_);
  Told told;
  for (const auto& send : effects_.sends) {
    ++(send.lane == connection::Lane::live ? told.live : told.reliable);
  }
  return told;
}

}  // namespace weft::bench
