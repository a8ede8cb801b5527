// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/local_bus.h"
#include "connection/authenticator.h"
#include "log/local_log.h"
#include "protocol/json.h"
#include "router/router.h"
#include "store/memory_store.h"
#include "support/bus_tap.h"
#include "support/log_tap.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// A router over the embedded log and the memory store, with time, commits and sockets in the
/// test's hand. Speaks JSON, since that is what people read; the router sees MessagePack.
class RouterHarness final : public router::DepartureSink {
 public:
  using Json = nlohmann::json;

  explicit RouterHarness(
      router::RouterConfig config = {},
      connection::Authenticator authenticator = connection::Authenticator::development(),
      store::MemoryStore* store = nullptr, bus::LocalBusHub* hub = nullptr)
      : authenticator_(std::move(authenticator)),
        own_store_(store == nullptr ? std::make_unique<store::MemoryStore>() : nullptr),
        store_(store == nullptr ? *own_store_ : *store),
        log_(std::make_unique<log::LocalLog>(
            store_, [this](std::function<void()> work) { posted_.push_back(std::move(work)); },
            [this] { return ++epoch_; })),
        log_tap_(*log_),
        own_hub_(hub == nullptr ? std::make_unique<bus::LocalBusHub>() : nullptr),
        bus_(std::make_unique<bus::LocalBus>(
            hub == nullptr ? *own_hub_ : *hub,
            [this](std::function<void()> work) { posted_.push_back(std::move(work)); })),
        bus_tap_(*bus_),
        router_(std::make_unique<router::Router>(config, authenticator_, log_tap_, bus_tap_, this,
                                                 1)) {}

  // Sessions

  SessionId connect(const CanvasId& canvas = "try") { return router_->open_session(canvas, now_); }

  /// Connects, says hello with these items, and waits for the tick that welcomes. `client` is
  /// added.
  SessionId join(const std::string& client, Json hello = Json::object(),
                 const CanvasId& canvas = "try") {
    const SessionId session = connect(canvas);
    hello["client"] = client;
    say(session, Json::array({0, hello}));
    advance(std::chrono::milliseconds(20));
    return session;
  }

  /// One message in a frame of its own.
  void say(SessionId session, const Json& message) { say_all(session, Json::array({message})); }
  void say_all(SessionId session, const Json& messages) {
    Bytes packed;
    if (!protocol::json_to_messages(messages.dump(), packed))
      throw std::runtime_error("test: bad JSON message");
    say_bytes(session, packed);
  }
  void say_bytes(SessionId session, ByteView messages) {
    router_->receive(session, messages, now_);
  }
  void leave(SessionId session) { router_->session_gone(session, true, now_); }
  void drop_link(SessionId session) { router_->session_gone(session, false, now_); }

  // Time

  /// Lets everything happen that can happen now: commits, ticks that are due, effects.
  void settle() {
    for (int round = 0; round < 100; ++round) {
      if (!turn()) return;
    }
    throw std::runtime_error("test: the router does not come to rest");
  }
  /// One turn of the shard's loop; false when there was nothing to do.
  bool turn() {
    bool busy = store_pumps_ && store_.pump();
    busy = run_posted() || busy;
    router_->advance(now_);
    busy = router_->has_work() || busy;
    carry_out_effects();
    return busy;
  }
  /// Passes time, stopping at every deadline on the way, as the shell does.
  void advance(std::chrono::nanoseconds time) {
    const Instant end = now_.mono + time;
    settle();
    while (const auto deadline = router_->next_deadline()) {
      if (*deadline > end) break;
      set_time(std::max(*deadline, now_.mono));
      settle();
      if (router_->next_deadline() == deadline)
        throw std::runtime_error("test: a deadline does not pass");
    }
    set_time(end);
    settle();
  }
  /// So that commits wait until the test says so.
  void hold_commits(bool hold) { store_pumps_ = !hold; }
  [[nodiscard]] Now now() const { return now_; }
  void set_time(Instant mono) {
    now_.wall_ms += std::chrono::duration_cast<std::chrono::milliseconds>(mono - now_.mono).count();
    now_.mono = mono;
  }

  /// The process is killed: nothing of it is heard any more, and the bus finds out at once.
  void die() {
    bus_tap_.cut();
    bus_.reset();
    is_dead_ = true;
  }
  [[nodiscard]] bool is_dead() const { return is_dead_; }

  // What came out

  /// Everything this session was sent since the last call.
  std::vector<Json> take(SessionId session) {
    std::vector<Json> result;
    for (const auto& frame : std::exchange(outputs_[session].frames, {})) {
      for (const Json& message : parsed(frame)) result.push_back(message);
    }
    return result;
  }
  /// The messages of one kind only; forgets the others.
  std::vector<Json> take(SessionId session, int kind) {
    std::vector<Json> result;
    for (const auto& frame : std::exchange(outputs_[session].frames, {})) {
      for (const Json& message : parsed(frame)) {
        if (message[0] == kind) result.push_back(message);
      }
    }
    return result;
  }
  /// The frames that the session was sent since it was last asked and whose first message is of
  /// this kind; forgets nothing.
  [[nodiscard]] std::vector<protocol::FrameRef> frames_of(SessionId session, int kind) {
    std::vector<protocol::FrameRef> result;
    for (const auto& frame : outputs_[session].frames) {
      if (parsed(frame)[0][0] == kind) result.push_back(frame);
    }
    return result;
  }
  [[nodiscard]] std::optional<protocol::CloseCode> closed_with(SessionId session) {
    return outputs_[session].closed;
  }
  void forget_output() {
    outputs_.clear();
    frames_.clear();
    send_count_ = 0;
  }
  /// Different frames (each encoded once) and sends (one per frame and session) since
  /// forget_output.
  [[nodiscard]] std::size_t frame_count() const { return frames_.size(); }
  [[nodiscard]] std::size_t send_count() const { return send_count_; }
  [[nodiscard]] const std::vector<std::pair<CanvasId, presence::Departed>>& departures() const {
    return departures_;
  }

  [[nodiscard]] router::Router& router() { return *router_; }
  [[nodiscard]] store::MemoryStore& store() { return store_; }
  [[nodiscard]] log::LocalLog& log() { return *log_; }
  [[nodiscard]] LogTap& log_tap() { return log_tap_; }
  [[nodiscard]] BusTap& bus() { return bus_tap_; }
  /// Sentences for the operator since the last call.
  [[nodiscard]] std::vector<std::string> take_notices() { return std::exchange(notices_, {}); }

 private:
  struct Output {
    std::vector<protocol::FrameRef> frames;
    std::optional<protocol::CloseCode> closed;
  };

  bool run_posted() {
    const auto work = std::exchange(posted_, {});
    for (const auto& piece : work) piece();
    return !work.empty();
  }
  void carry_out_effects() {
    router_->take_effects(effects_);
    for (const auto& send : effects_.sends) {
      ++send_count_;
      frames_.insert(send.frame);
      outputs_[send.session].frames.push_back(send.frame);
    }
    for (const auto& notice : effects_.notices) notices_.push_back(notice);
    for (const auto& close : effects_.closes) {
      outputs_[close.session].frames.push_back(close.goodbye);
      outputs_[close.session].closed = close.code;
    }
  }
  /// Each frame is parsed once, however many sessions got it.
  const Json& parsed(const protocol::FrameRef& frame) {
    const auto [at, is_new] = parsed_.try_emplace(frame);
    if (is_new) {
      Bytes text;
      protocol::append_messages_as_json(text, frame->messages());
      at->second = Json::parse(text);
    }
    return at->second;
  }
  void departed(const CanvasId& canvas, presence::Departed person, WallMs) override {
    departures_.emplace_back(canvas, std::move(person));
  }

  connection::Authenticator authenticator_;
  std::unique_ptr<store::MemoryStore> own_store_;
  store::MemoryStore& store_;
  std::vector<std::function<void()>> posted_;
  std::uint64_t epoch_ = 1000;
  std::unique_ptr<log::LocalLog> log_;
  LogTap log_tap_;
  std::unique_ptr<bus::LocalBusHub> own_hub_;
  std::unique_ptr<bus::LocalBus> bus_;
  BusTap bus_tap_;
  std::unique_ptr<router::Router> router_;
  bool is_dead_ = false;
  router::Effects effects_;
  Now now_{Instant{} + std::chrono::hours(1), 1'800'000'000'000};
  bool store_pumps_ = true;
  std::map<SessionId, Output> outputs_;
  std::set<protocol::FrameRef> frames_;
  std::map<protocol::FrameRef, Json> parsed_;
  std::size_t send_count_ = 0;
  std::vector<std::string> notices_;
  std::vector<std::pair<CanvasId, presence::Departed>> departures_;
};

}  // namespace weft::test
