// SPDX-License-Identifier: Apache-2.0
#include "runtime/driver_pool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace weft::runtime {
namespace {

// What one read may bring; shared by all sessions of the loop.
constexpr std::size_t kScratchBytes = 64 * 1024;
// Slow readers, endless messages and lingering peers are looked for so often.
constexpr std::chrono::milliseconds kSweepInterval{500};
// Sessions that go on in one turn with what was more than their share. When hundreds join a big
// canvas at once, what they are sent must not make other rooms miss their ticks.
constexpr std::size_t kSharesPerTurn = 16;

}  // namespace

DriverPool::DriverPool(router::Router& router, const connection::OutboxLimits& outbox,
                       const protocol::Limits& limits, Clock clock)
    : router_(router),
      outbox_(outbox),
      limits_(limits),
      clock_(std::move(clock)),
      scratch_(kScratchBytes) {}

void DriverPool::adopt(std::unique_ptr<Transport> transport, const CanvasId& canvas,
                       protocol::Form form, ByteView early) {
  const SessionId session = router_.open_session(canvas, now());
  auto driver =
      std::make_unique<WebSocketDriver>(std::move(transport), session, form, outbox_, limits_,
                                        router_, static_cast<DriverHost&>(*this));
  drivers_.emplace(session, std::move(driver)).first->second->start(early);
}

void DriverPool::end_turn() {
  compressor_.begin_turn(now().mono);
  go_on();
  act();
  sweep();
  for (const SessionId session : std::exchange(finished_, {})) drivers_.erase(session);
  now_.reset();
}

void DriverPool::go_on() {
  // In the order in which they asked: whoever has had a share stands behind the others.
  going_on_.swap(with_more_);
  const std::size_t count = std::min(going_on_.size(), kSharesPerTurn);
  for (std::size_t i = 0; i < count; ++i) {
    if (auto* driver = find(going_on_[i])) driver->go_on();
  }
  going_on_.erase(going_on_.begin(), going_on_.begin() + static_cast<std::ptrdiff_t>(count));
  going_on_.insert(going_on_.end(), with_more_.begin(), with_more_.end());
  with_more_.swap(going_on_);
  going_on_.clear();
}

void DriverPool::act() {
  // Carrying out may give the router more to say: a session that is too slow, a room whose reader
  // has drained. Each round ends sessions or refreshes them, so it comes to rest.
  do {
    now_ = clock_();  // handling what came has taken its time
    router_.advance(*now_);
    carry_out_effects();
    flush_drivers();
  } while (router_.has_work());
}

void DriverPool::sweep() {
  const Instant time = now().mono;
  if (time < next_sweep_) return;
  next_sweep_ = time + kSweepInterval;
  sweeping_.swap(busy_);
  for (const SessionId session : sweeping_) {
    if (auto* driver = find(session)) driver->sweep();
  }
  sweeping_.clear();
  act();
}

std::optional<Instant> DriverPool::next_deadline() const {
  if (has_leftovers()) return Instant{};
  const std::optional<Instant> deadline = router_.next_deadline();
  if (busy_.empty()) return deadline;
  return deadline ? std::min(*deadline, next_sweep_) : next_sweep_;
}

void DriverPool::carry_out_effects() {
  router_.take_effects(effects_);
  for (auto& send : effects_.sends) {
    if (auto* driver = find(send.session)) driver->send(std::move(send.frame), send.lane);
  }
  for (const SessionId session : effects_.pings) {
    if (auto* driver = find(session)) driver->ping();
  }
  for (const SessionId session : effects_.admitted) {
    if (auto* driver = find(session)) driver->note_admitted();
  }
  for (auto& close : effects_.closes) {
    if (auto* driver = find(close.session)) {
      driver->say_goodbye(close.code, std::move(close.goodbye), close.reason);
    }
  }
  for (const std::string& notice : effects_.notices) spdlog::error("{}", notice);
  effects_.clear();
}

void DriverPool::flush_drivers() {
  flushing_.swap(with_output_);
  for (const SessionId session : flushing_) {
    if (auto* driver = find(session)) driver->flush();
  }
  flushing_.clear();
}

WebSocketDriver* DriverPool::find(SessionId session) {
  const auto at = drivers_.find(session);
  return at == drivers_.end() ? nullptr : at->second.get();
}

}  // namespace weft::runtime
