// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/role.h"
#include "protocol/messages.h"
#include "sim/link.h"
#include "sim/people.h"
#include "sim/replica.h"
#include "sim/server_frames.h"
#include "sim/server_message.h"
#include "sim/shared.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/time.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace weft::sim {

/// A client as docs/protocol.md wants it: keeps its copy of the document, its pushes until they are
/// settled, and who is here; comes back, resumes and resends. It believes nothing: whatever it is
/// told is held against the rules and the ledger, and a broken promise is a Complaint.
class SimClient {
 public:
  SimClient(ClientId id, CanvasId canvas, connection::Role role, Shared& shared);

  // The connection
  [[nodiscard]] bool wants_link() const;
  /// There is nobody to connect to.
  void note_unreachable() { connect_at_ = shared_.now.mono + random_.ms_between(10, 300); }
  /// Says hello.
  void connect(std::shared_ptr<Link> link, std::size_t instance);
  /// Takes what has arrived.
  void read();
  /// What a timer would do: resend, renew the token.
  void tick();
  [[nodiscard]] Link* link() const { return session_ ? session_->link.get() : nullptr; }

  // What happens to it
  enum class Loss : std::uint8_t { noticed, unnoticed };  // by the server
  void lose_link(Loss loss);
  /// Loses its link and comes back at once, perhaps elsewhere.
  void hop();
  /// The server that its session is on; nothing without one.
  [[nodiscard]] std::optional<std::size_t> instance() const;
  void leave();
  void vanish(bool clean);
  void stall(Instant until);
  void speak_nonsense();

  // What it does
  /// Something at random that its role allows, or at times does not allow.
  void act();
  /// Once all is calm: a last presence, a last cursor, whatever came before.
  void speak_last_word();

  // For the reckoning
  /// Connected, everything settled, nothing under way.
  [[nodiscard]] bool is_at_rest() const;
  [[nodiscard]] std::string state() const;
  [[nodiscard]] bool has_vanished() const { return vanished_; }
  [[nodiscard]] const ClientId& id() const { return id_; }
  [[nodiscard]] const CanvasId& canvas() const { return canvas_; }
  [[nodiscard]] ActorId actor() const { return session_->actor; }
  /// How others must see it now that it has been silent for long.
  [[nodiscard]] Person shown() const;
  [[nodiscard]] protocol::Cursor cursor() const;
  [[nodiscard]] const People& people() const { return people_; }
  [[nodiscard]] const Replica& replica() const { return replica_; }
  /// Complains unless the copy is the ledger's document and every push is settled.
  void check_copy() const;

 private:
  using Role = connection::Role;

  /// Where a session stands (S1).
  enum class Stage : std::uint8_t { greeting, meeting, catching_up, live, parting };
  struct Session {
    explicit Session(std::shared_ptr<Link> between)
        : link(std::move(between)), frames(link->is_compressed()) {}

    std::shared_ptr<Link> link;
    std::size_t instance = 0;
    ServerFrames frames;
    Stage stage = Stage::greeting;
    Instant opened{};
    ActorId actor;
    UserCard user;
    Role role = Role::view;
    std::optional<Instant> token_ends;
    bool offered_since = false;
    bool offered_wrong_since = false;
    bool resumed = false;
    std::uint64_t target_seq = 0;  // where catching up ends
    protocol::Sum target_sum = 0;
    bool has_document = false;                // resumed, or the snapshot has come whole
    std::optional<Replica> arriving;          // of a snapshot whose last part has not come
    std::map<std::uint64_t, int> unanswered;  // pushes sent here, by n, less their answers
    std::multiset<std::uint64_t> refusals;    // n of pushes that are to be refused
    std::multiset<std::string> errors;        // that this session has asked for
    std::optional<std::uint16_t> goodbye;
    int postponements = 0;  // errors about pushes that it was told
    bool spoke_nonsense = false;
    bool left = false;
    std::set<std::pair<std::string, std::uint64_t>> events;  // heard
    std::uint64_t pings = 0;
    std::uint64_t pongs = 0;
    /// A token on its way, good from the pong with this number on.
    struct Renewal {
      std::uint64_t ping = 0;
      Role role = Role::view;
      std::optional<Instant> ends;
    };
    std::optional<Renewal> renewal;
  };
  struct Push {
    std::uint64_t n = 0;
    Bytes ops;
  };
  /// Everything about a number that was used.
  struct Record {
    Bytes ops;
    std::uint64_t first_session = 0;  // the one that sent it first; 0: none yet
    int sends = 0;
    int answers = 0;
    bool is_settled = false;
  };

  // Saying things.
  void say(const Bytes& message);
  void say_hello();
  void say_frame(Bytes frame);
  [[nodiscard]] Bytes mint_token(Role role, std::optional<Instant>& ends) const;
  void renew_token();
  void make_push();
  void send_push(std::uint64_t n, const Bytes& ops);
  void send_refused_push();
  void resend_push();
  void resend();
  void send_unsent();
  void patch_presence();
  void move_cursor();
  void send_event();
  void send_view();
  void ping();

  // Hearing things.
  void take_frame(const ServerFrames::Frame& frame);
  [[nodiscard]] bool loses_frame(const ServerFrames::Frame& frame);
  void take(const ServerMessage& message);
  void on(const WelcomeMessage& welcome);
  void on(const PresenceMessage& presence);
  void on(const SnapshotMessage& snapshot);
  void on(const OpsMessage& ops);
  void on(const AckMessage& ack);
  void on(const ErrorMessage& error);
  void on(const EventMessage& event);
  void on(const PongMessage& pong);
  void on(const GoodbyeMessage& goodbye);
  void on(const CursorsMessage& cursors);
  void on(const PaceMessage&) {}
  void check_actor(ActorId actor);
  void check_epoch(const WelcomeMessage& welcome);
  void take_refusal(const AckMessage& ack);
  void take_duplicate(const AckMessage& ack);
  void take_outcome(const AckMessage& ack);
  void take_postponement(const ErrorMessage& error);
  void advance_to(std::uint64_t seq, protocol::Sum sum);
  void finish_catching_up();
  void note_settled(std::uint64_t n);
  void end_session(std::chrono::milliseconds pause);
  void doubt_connection();
  [[nodiscard]] bool may_rely_on_link() const;
  [[nodiscard]] bool is_live() const { return session_ && session_->stage == Stage::live; }
  [[nodiscard]] bool may(Role role) const { return session_->role >= role; }
  [[noreturn]] void object(const std::string& sentence) const;

  const ClientId id_;
  const CanvasId canvas_;
  Shared& shared_;
  Random& random_;

  // Who it is.
  Role role_;
  std::string name_;
  bool renews_in_time_ = false;
  bool vanished_ = false;
  Instant connect_at_{};
  std::optional<Session> session_;
  std::uint64_t session_number_ = 0;

  // The document.
  Replica replica_;
  bool has_copy_ = false;
  std::uint64_t epoch_ = 0;
  std::uint64_t seq_ = 0;
  protocol::Sum sum_ = 0;
  bool skipped_one_ = false;  // by sabotage

  // Its pushes.
  std::uint64_t last_n_ = 0;
  std::deque<Push> pending_;
  std::map<std::uint64_t, Record> records_;
  std::uint64_t settled_n_ = 0;
  std::set<std::uint64_t> to_resend_;
  std::optional<Instant> resend_at_;

  // The others.
  People people_;
  std::map<std::string, std::uint64_t> last_events_;  // by the sender's id
  std::uint64_t event_count_ = 0;

  // What it shows.
  std::map<std::string, Bytes> presence_;
  bool away_ = false;
  protocol::Cursor cursor_{.hidden = true};

  /// The last moment at which it surely held its actor.
  struct Held {
    ActorId actor;
    Instant until{};
    std::uint64_t server_life = 0;
    std::size_t instance = 0;
    bool is_surely_known = false;  // to every instance
  };
  std::optional<Held> held_;
};

}  // namespace weft::sim
