// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "connection/authenticator.h"
#include "connection/session.h"
#include "log/log.h"
#include "protocol/messages.h"
#include "router/effects.h"
#include "router/room.h"
#include "util/ids.h"
#include "util/result.h"
#include "util/time.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::router {

struct RouterConfig {
  RoomConfig room;
  connection::SessionTimes times;
  std::size_t sessions_max = 50'000;
};

/// Keeps what the router says about people at rest: the store, seen from here.
class DepartureSink {
 public:
  virtual ~DepartureSink() = default;
  virtual void departed(const CanvasId& canvas, presence::Departed person, WallMs at_ms) = 0;
};

/// All rooms and sessions of one shard: decodes what arrives, sends each message where it belongs,
/// lets time pass. Sans-io: the shell calls in, then carries out its effects. One per shard.
class Router final : private RoomHost {
 public:
  /// Everything borrowed outlives the router. `departures` may be null: nothing is kept. `seed` is
  /// the source of every random choice made here.
  Router(const RouterConfig& config, const connection::Authenticator& authenticator, log::Log& log,
         bus::Bus& bus, DepartureSink* departures, std::uint64_t seed);
  ~Router() override;

  // Sessions

  /// A connection has been upgraded. Requires: `canvas` is valid (P1).
  [[nodiscard]] SessionId open_session(CanvasId canvas, Now now);
  /// One data frame, as MessagePack messages back to back.
  void receive(SessionId session, ByteView messages, Now now);
  /// Bytes came: the link is alive.
  void note_received(SessionId session, Instant now);
  /// The driver found the peer breaking the protocol, or too slow: say goodbye.
  void end_session(SessionId session, protocol::CloseCode code, std::string_view reason, Now now);
  /// The connection is gone. `clean`: the peer said so with a close frame.
  void session_gone(SessionId session, bool clean, Now now);
  /// The session's outbox had to drop live frames and has drained.
  void note_drained(SessionId session);
  /// False while a session's room is being opened: what it sends should wait in the socket.
  [[nodiscard]] bool wants_input(SessionId session) const;
  /// Whether its token has been verified: then messages may be as big as frame_bytes_max.
  [[nodiscard]] bool is_verified(SessionId session) const;

  // Everything else

  /// The canvas's document as JSON; opens the canvas if it is cold.
  void read_document(const CanvasId& canvas, Room::DocumentReader reader, Now now);
  /// What part of its core the shard has spent lately, 0 to 1: rooms beat slower on a busy one.
  void note_busy_share(double busy_share);
  /// Says goodbye to everyone, each at a random moment within `window`.
  void drain(Now now, std::chrono::milliseconds window);

  /// Whether anybody has ever opened the canvas; asking does not make it. `done` is called later,
  /// on the shard.
  void exists(const CanvasId& canvas,
              std::function<void(Result<bool, std::string> exists)> done) const {
    log_.exists(canvas, std::move(done));
  }

  /// The instance ends: tells the others that it is being stopped, and hands everyone's last
  /// presence to the departure sink. The rooms take no part in anything after this.
  void shut_down(Now now);

  /// Lets time come to pass: deadlines, ticks that are due. The shell calls it once at the end of
  /// every turn.
  void advance(Now now);
  /// When advance has something to do next.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// Moves what is to be done into `into`, whose old content is dropped.
  void take_effects(Effects& into);
  /// Whether a turn that ended now would leave something undone.
  [[nodiscard]] bool has_work() const { return !effects_.is_empty() || !touched_.empty(); }
  [[nodiscard]] std::size_t session_count() const { return session_count_; }
  [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }

 private:
  struct RoomEntry;
  using Deadlines = std::set<std::pair<Instant, RoomEntry*>>;
  struct RoomEntry {
    std::unique_ptr<Room> room;
    std::optional<Instant> deadline;  // as it stands in deadlines_
    Deadlines::node_type spare;       // its place there, while it has none: ticks allocate nothing
    bool touched = false;             // stands in touched_
  };
  /// A session and where it stands.
  struct Live {
    Live(SessionId session_id, CanvasId canvas_id, connection::Session machine_state)
        : id(session_id), canvas(std::move(canvas_id)), machine(std::move(machine_state)) {}
    SessionId id;
    CanvasId canvas;
    connection::Session machine;
    ClientId client;
    RoomEntry* room = nullptr;          // from a good hello on
    Member* member = nullptr;           // from admission on
    Bytes held;                         // messages that came behind hello, until admission
    std::optional<Instant> goodbye_at;  // draining
  };

  [[nodiscard]] Live* find(SessionId session);
  void handle(Live& live, ByteView messages, Now now);
  void handle_hello(Live& live, const protocol::Hello& hello, Now now);
  void handle_token(Live& live, const protocol::Token& token, Now now);
  void handle_member(Live& live, const protocol::ClientMessage& message, Now now);
  [[nodiscard]] bool may_complain(const Live& live);
  /// Requires: may_complain.
  void send_error(const Live& live, protocol::ErrorCode code, std::string_view message,
                  std::uint64_t kind);
  [[nodiscard]] bool needs_role(const Live& live, connection::Role role, protocol::ClientKind kind);
  void say_goodbye(Live& live, protocol::CloseCode code, std::string_view reason);
  void forget(SessionId session);
  /// The next sweep looks at the session, whatever was due before.
  void look_soon(SessionId session);
  [[nodiscard]] RoomEntry& room_for(const CanvasId& canvas, Now now);
  void touch(RoomEntry& entry);
  void schedule(RoomEntry& entry);
  void sweep_sessions(Now now);
  void unhold_admitted(Now now);
  void advance_touched(Now now);
  void report_departures(Room& room, WallMs at_ms);

  void session_admitted(SessionId session, Member& member) override;
  void session_ended(SessionId session, protocol::CloseCode code, std::string_view reason) override;
  void room_failed(const Room& room, const std::string& detail) override;
  void room_changed(Room& room) override;

  RouterConfig config_;
  const connection::Authenticator& authenticator_;
  log::Log& log_;
  bus::Bus& bus_;
  DepartureSink* departures_;
  std::mt19937_64 random_;
  Effects effects_;

  std::vector<std::unique_ptr<Live>> sessions_;  // by the low half of their id
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t generation_ = 0;
  std::size_t session_count_ = 0;
  std::vector<SessionId> admitted_;
  std::map<CanvasId, RoomEntry> rooms_;  // its nodes stay where they are
  std::vector<RoomEntry*> touched_;
  Deadlines deadlines_;
  /// By slot: until then the sweep need not look at the session. Beside each other, so that
  /// thousands of idle sessions cost a walk along them.
  std::vector<Instant> look_at_;
  Instant next_sweep_{};
  bool draining_ = false;
  Load load_ = Load::calm;
  Instant now_{};  // of the message that is being handled
};

}  // namespace weft::router
