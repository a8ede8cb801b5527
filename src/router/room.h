// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "concept/document.h"
#include "cursor/cursor_field.h"
#include "log/log.h"
#include "presence/presence_room.h"
#include "protocol/messages.h"
#include "router/bridge_batch.h"
#include "router/document_state.h"
#include "router/effects.h"
#include "router/history.h"
#include "router/member.h"
#include "router/outgoing.h"
#include "router/pace.h"
#include "util/time.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::router {

class Room;

/// Whoever keeps the sessions of a room: the router.
class RoomHost {
 public:
  virtual ~RoomHost() = default;
  /// The session is in and its welcome is on its way. `member` is good until the session departs or
  /// is ended.
  virtual void session_admitted(SessionId session, Member& member) = 0;
  /// The room ended the session itself (refused, replaced): say goodbye and forget it.
  virtual void session_ended(SessionId session, protocol::CloseCode code,
                             std::string_view reason) = 0;
  /// The canvas could not be opened; `detail` is a sentence for operators.
  virtual void room_failed(const Room& room, const std::string& detail) = 0;
  /// The log told the room something: advance it before the turn is over.
  virtual void room_changed(Room& room) = 0;
};

struct RoomConfig {
  protocol::Limits limits;
  presence::PresenceConfig presence;
  History::Limits history;
  std::size_t sessions_max = 10'000;
  /// A snapshot is saved after so many pushes, or bytes of pushes, since the last one.
  std::size_t snapshot_pushes = 1'000;
  std::size_t snapshot_bytes = 1 << 20;
  /// Bytes of a document that are encoded in one piece of work, and that are read in one.
  std::size_t encode_bytes_max = 1 << 20;
  std::size_t load_bytes_max = 256 << 10;
  /// Frames of snapshots that leave in one tick, beyond those of the first who joins in it.
  std::size_t welcome_frames_max = 16'384;
  std::string server_name = "weft";
};

/// A canvas that is live on this shard: composes presence, cursors, document and log, and decides
/// who gets what. Lives on the canvas's home shard. Everything that is to be told gathers until
/// flush, the tick; so does what other instances are told over the bus.
class Room final : public log::LogListener, public bus::BusListener {
 public:
  /// Subscribes to the canvas on `bus` and opens it in `log`. `log`, `bus`, `host` and `effects`,
  /// where what is to be sent is put, outlive the room.
  Room(CanvasId canvas, const RoomConfig& config, log::Log& log, bus::Bus& bus, RoomHost& host,
       Effects& effects, Load load, Now now);
  ~Room() override;
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  [[nodiscard]] const CanvasId& canvas() const { return canvas_; }

  // What sessions do

  /// Lets a session in, now or when the canvas has been opened. The host is told which.
  void arrive(Arrival arrival, Now now);
  /// Forgets a session. `admitted` is what session_admitted said of it, or null before that. `how`
  /// is what the others are told; lost starts the grace period.
  void depart(SessionId session, const Member* admitted, presence::LeaveReason how, Instant now);

  void move_cursor(Member& member, const protocol::Cursor& cursor, Instant now);
  void patch_presence(Member& member, ByteView patch, Instant now);
  void push(Member& member, const protocol::Push& push, bool within_rate, Instant now);
  void send_event(Member& member, const protocol::Event& event, Instant now);
  void set_view(Member& member, const std::optional<protocol::Rect>& view);
  void set_role(Member& member, connection::Role role) { member.role = role; }
  void note_drained(Member& member);

  /// The document, as soon as the room has all that is in the log; an empty result when it cannot
  /// be opened.
  using DocumentReader = std::function<void(std::optional<DocumentCopy> document)>;
  void read_document(DocumentReader reader);

  /// The instance ends: the others are told the last, and keep the places of its people; everyone
  /// who is here or in their grace period has gone, for the store. Only destruction may follow.
  void shut_down(Now now);

  /// How busy the shard is, from now on.
  void set_load(Load load);

  // What time does

  /// Presence deadlines, and the tick when it is due.
  void advance(Now now);
  /// When advance has something to do next; nothing in a quiet room.
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// Nobody of this instance is here or expected, and nothing is under way: the router may destroy
  /// the room.
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] std::size_t session_count() const {
    return members_.size() + waiting_.arrivals.size() + syncing_.arrivals.size() +
           unnumbered_.size();
  }
  /// Those who have gone since the last call, for the store.
  [[nodiscard]] std::vector<presence::Departed> take_departed() {
    return presence_.take_departed();
  }

  // LogListener

  void log_opened(log::Opened opened) override;
  void log_open_failed(log::LogErrc errc, const std::string& detail) override;
  void log_entries(std::span<const log::Entry> entries) override;
  void log_refused(const ClientId& client, std::uint64_t n, ActorId actor,
                   log::LogErrc errc) override;
  void log_actors(log::ActorRange actors) override;
  void log_synced() override;
  void log_epoch_changed(std::uint64_t epoch) override { epoch_ = epoch; }
  void log_reset() override;
  [[nodiscard]] std::optional<Bytes> log_state() override;

  // BusListener

  void bus_ready(const CanvasId& canvas) override;
  void bus_peer_asks(const CanvasId& canvas, bus::PeerId peer) override;
  void bus_received(const CanvasId& canvas, bus::PeerId peer, ByteView batch) override;
  void bus_peer_gone(const CanvasId& canvas, bus::PeerId peer, bus::PeerEnd how) override;

 private:
  enum class State : std::uint8_t { opening, open, failed };
  /// A room that opens hears of all its peers' people first, as far as they answer in time (I3).
  enum class Hearing : std::uint8_t {
    begins,   // as soon as the room is told the time
    goes_on,  // until hearing_until_, or until everybody has told
    over,     // or nobody is to be heard
  };
  /// Those who have to be shown a state that is not older than what was told elsewhere before they
  /// came.
  struct Waiting {
    std::vector<Arrival> arrivals;
    std::vector<DocumentReader> readers;
    [[nodiscard]] bool is_empty() const { return arrivals.empty() && readers.empty(); }
  };

  /// Something that the bus said, until the room is next told the time.
  struct BusWord {
    bus::PeerId peer;
    std::optional<bus::PeerEnd> end;  // nothing: a batch
    std::size_t batch_begin = 0;      // in bus_bytes_
    std::size_t batch_size = 0;
  };

  void catch_up(Now now);
  void open_if_ready();
  void admit_waiting();
  void admit_answered();
  void let_in(Waiting waiting);
  void admit(Arrival arrival, Instant now);
  /// The canvas could not be opened.
  void refuse_arrival(SessionId session);
  /// The actor under which the client comes back, taken over from a session that is connected or in
  /// its grace period.
  [[nodiscard]] bool take_over(const Arrival& arrival, ActorId actor, Member& member, Instant now);
  void refuse_presence(SessionId session, presence::PresenceErrc errc);
  void forget_absent_cursors();
  using Members = std::vector<std::unique_ptr<Member>>;
  void remove_member(Members::iterator at);
  /// Where the actor's member stands, or would stand.
  [[nodiscard]] Members::iterator place_of(ActorId actor);
  [[nodiscard]] std::optional<ActorId> take_actor();
  void take_range(log::ActorRange actors);
  [[nodiscard]] Member* member_of(ActorId actor);
  void ack(Member& member, std::uint64_t n, protocol::AckOutcome outcome, ByteView detail);
  void reject(Member& member, std::uint64_t n, const protocol::Rejection& rejection);
  void release(Member& member, std::uint64_t n);
  [[nodiscard]] std::uint64_t highest_n(const ClientId& client) const;
  void hold(Member& member, std::uint64_t n, protocol::ErrorCode code);
  /// `n`: the push that it is about, if it is about one.
  void send_error(Member& member, protocol::ErrorCode code, std::string_view message,
                  protocol::ClientKind kind, std::optional<std::uint64_t> n = std::nullopt);
  void apply(const log::Entry& entry);
  void note_save_if_due();

  // The document in pieces of work
  [[nodiscard]] bool is_flush_due() const;
  [[nodiscard]] bool take_piece();
  void go_on_opening(std::size_t bytes_max);
  [[nodiscard]] bool wants_encoding() const;
  void go_on_encoding();
  void save_snapshot();
  void answer_readers();
  void forget_unused_encoding();
  [[nodiscard]] std::optional<Instant> next_document_work() const;

  [[nodiscard]] bool has_news() const;
  [[nodiscard]] bool has_unpublished() const;
  void look_for_peers();
  void forget_unpublished();
  void flush(Now now);
  void publish();
  void hear_peers(Instant now);
  void take_in_words();
  void take_in(const BusWord& word);
  void hear(bus::PeerId peer, const BridgeBatch& batch);
  void hear_cursor(const BridgeBatch::Cursor& heard);
  void hide_cursor(ActorId actor);
  void hide_unnamed_cursors(presence::InstanceId speaker, const BridgeBatch& full);
  void take_leave_of(bus::PeerId peer, bus::PeerEnd how);
  void end_ousted();
  void tell_changes();
  void tell_cursors(Instant now, std::uint32_t server_ms);
  void send_excerpt(const Member& member, const protocol::FrameRef& message);
  void welcome_arrivals(std::uint32_t server_ms);
  void send_welcome(const Member& member, bool resumed);
  [[nodiscard]] bool can_resume(const std::optional<protocol::Since>& since) const;
  void send_missed(SessionId session, std::uint64_t after);
  void send(SessionId session, protocol::FrameRef frame, connection::Lane lane);
  void set_tick();

  CanvasId canvas_;
  RoomConfig config_;
  log::Log& log_;
  bus::Bus& bus_;
  RoomHost& host_;
  Effects& effects_;
  State state_ = State::opening;
  bool has_log_ = false;  // log_opened has come, and no reset since
  bool has_bus_ = false;  // bus_ready has come
  // A sync is answered although everybody who waited for it has gone; until then there is no other,
  // so that no answer is taken for that of a later one.
  bool is_sync_under_way_ = false;
  bool is_synced_ = false;       // log_synced has come for it
  bool are_numbers_in_ = false;  // log_actors has come
  Hearing hearing_ = Hearing::over;
  Instant hearing_until_{};                // while it goes on
  std::vector<bus::PeerId> full_tellers_;  // peers that sent a full batch, until the room opens
  log::LogErrc failure_ = log::LogErrc::unavailable;  // when failed

  Members members_;  // in the order of their actors
  Waiting waiting_;  // for the canvas to be opened, or for the sync under way to be over
  Waiting syncing_;  // for log_synced
  std::vector<Arrival> unnumbered_;  // for an actor number
  /// Cursors of people without a session here: of other instances, or within their grace period,
  /// then hidden, but theirs when they return.
  std::unordered_map<ActorId, cursor::CursorField::Slot> absent_cursors_;
  /// People whose sessions a reset has ended; their grace begins when the room is next told the
  /// time.
  std::vector<ActorId> lost_by_reset_;
  presence::PresenceRoom presence_;
  cursor::CursorField cursors_;

  concept_sync::Document document_;
  std::uint64_t epoch_ = 0;
  std::uint64_t seq_ = 0;
  protocol::Sum sum_ = 0;
  History history_;
  /// A push on its way through the log: who is to be answered, and why it was refused if its shape
  /// was wrong.
  struct InFlight {
    SessionId session;
    ActorId actor;
    std::optional<protocol::Rejection> rejection;
  };
  std::map<std::pair<ClientId, std::uint64_t>, InFlight> in_flight_;
  std::size_t pushes_since_snapshot_ = 0;
  std::size_t bytes_since_snapshot_ = 0;
  std::size_t snapshot_size_ = 0;  // bytes of the last one

  /// What was at rest, while it is read and replayed; more entries may come meanwhile.
  struct Opening {
    StateReader state;
    std::vector<log::Entry> tail;
    std::size_t next = 0;  // in `tail`
    std::uint64_t newest_snapshot_seq = 0;
  };
  std::optional<Opening> opening_;
  std::vector<DocumentReader> readers_;  // for the document to be encoded
  bool is_save_due_ = false;
  Instant next_piece_at_{};
  /// Of the document, since somebody began to wait for its encoding.
  std::size_t encoded_while_waiting_ = 0;
  Instant encoding_used_at_{};

  // What the other instances are to be told.
  BridgeWriter bridge_;
  std::vector<Member*> moved_;  // their cursors have not been published
  bool has_peers_ = false;  // when the bus last had to say something of them; else nothing is noted
  bool owes_everything_ = false;
  bool is_subscribed_ = true;
  std::vector<BusWord> bus_words_;
  Bytes bus_bytes_;    // their batches
  BridgeBatch heard_;  // scratch
  std::vector<presence::Ousted> ousted_;
  std::vector<ActorId> named_;  // scratch
  bool told_of_bad_batch_ = false;

  log::ActorRange actors_;
  std::uint64_t actors_low_ = 0;  // more are asked for when so many are left
  log::ActorRange spare_actors_;  // for when actors_ is used up
  bool actors_asked_ = false;

  std::vector<protocol::FrameRef> excerpt_frames_;  // of this beat's parts, while it is told
  Outgoing outgoing_;
  protocol::OpList ops_;  // scratch
  Bytes scratch_;
  bool arrivals_pending_ = false;
  bool positions_pending_ = false;
  Load load_;
  std::chrono::milliseconds tick_{};
  bool tick_changed_ = false;
  Instant last_flush_{};
  Now now_{};
};

}  // namespace weft::router
