// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/plan.h"
#include "load/plane.h"
#include "load/push_book.h"
#include "load/workspace.h"
#include "protocol/server_reader.h"
#include "util/bytes.h"
#include "util/time.h"
#include "websocket/message_decoder.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::load {

/// One person of a run: a session from the upgrade to its end, without the socket. What it hears it
/// counts in the workspace; what it says it appends to the bytes it is given. Lives on its
/// generator's thread.
class Person {
 public:
  enum class State : std::uint8_t {
    absent,     // not connected
    upgrading,  // the upgrade request is out
    greeting,   // hello is out
    loading,    // welcome is here, the document not whole
    here,       // in the room
    leaving,    // our close frame is out
    over,       // the connection is of no more use; the generator closes it
  };

  /// `plan` outlives the person. Numbers from plan.people_total() on are the rooms' keepers, who
  /// put entities on a canvas before the others come.
  Person(const Plan& plan, std::size_t number);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::size_t number() const { return number_; }
  [[nodiscard]] bool is_keeper() const { return number_ >= plan_->people_total(); }
  [[nodiscard]] bool is_stalled() const { return is_stalled_; }
  [[nodiscard]] bool is_joining() const {
    return state_ == State::upgrading || state_ == State::greeting || state_ == State::loading;
  }
  [[nodiscard]] std::size_t unsettled_pushes() const { return pushes_.unsettled(); }
  /// A keeper whose entities are all there, or refused.
  [[nodiscard]] bool has_furnished() const {
    return is_keeper() && state_ == State::here &&
           (!may_push_ || (entities_left_ == 0 && pushes_.unsettled() == 0));
  }

  /// The connection is there. `asked_at`: when it was to be opened.
  void begin(std::string_view authority, Instant asked_at, Instant now, Workspace& work,
             Bytes& out);
  /// Bytes that came; they are changed in place.
  void take(std::span<char> bytes, Instant now, Workspace& work, Bytes& out);
  /// The connection ended, or could not be made.
  void end(std::string_view reason, Workspace& work);

  // What a person does; nothing unless it is here. `at`: the moment in the schedule.
  void move(Instant at, Workspace& work, Bytes& out);
  void push(Instant at, Instant now, Workspace& work, Bytes& out);
  /// What was not taken goes out again after a pause; push() does so, too.
  void resend_if_due(Instant now, Workspace& work, Bytes& out);
  /// Says that it leaves.
  void leave(Workspace& work, Bytes& out);

 private:
  void take_answer(std::span<char> bytes, Instant now, Workspace& work, Bytes& out);
  void take_frames(std::span<char> bytes, Instant now, Workspace& work, Bytes& out);
  void say_hello(Workspace& work, Bytes& out);
  [[nodiscard]] bool may_ignore(ByteView payload) const;
  void hear_frame(ByteView payload, Instant now, Workspace& work, Bytes& out);
  void hear(const protocol::HeardCursors& cursors, Instant now, Workspace& work);
  void hear(const protocol::HeardOps& ops, Instant now, Workspace& work) const;
  void hear(const protocol::HeardAck& ack, Instant now, Workspace& work, Bytes& out);
  void hear(const protocol::HeardError& error, Instant now, Workspace& work);
  void hear(const protocol::HeardGoodbye& goodbye, Workspace& work);
  void note_welcome(const protocol::HeardWelcome& welcome, Instant now, Workspace& work);
  void note_part(Instant now, Workspace& work);
  void note_document(Instant now, Workspace& work, Bytes& out);
  void say_view(Workspace& work, Bytes& out) const;
  void write_push(std::uint64_t n, Instant at, Workspace& work, Bytes& out) const;
  void furnish_next(Workspace& work, Bytes& out);
  void frame(Workspace& work, Bytes& out) const;

  const Plan* plan_;
  std::size_t number_;
  std::size_t room_;
  std::string client_;
  bool is_stalled_;
  bool listens_;
  bool has_part_ = false;                          // of the document
  Square home_;                                    // with views
  std::uint64_t audience_ = 0;                     // of a mover
  std::unordered_map<ActorId, Stamp> heard_last_;  // with a view: of each that is in sight
  State state_ = State::absent;
  Instant asked_at_{};
  Bytes key_;     // of the handshake, while it lasts
  Bytes answer_;  // of the handshake, while it lasts
  websocket::MessageDecoder decoder_;
  ActorId actor_;

  PushBook pushes_;
  std::uint64_t first_push_ = 0;  // the one that creates the entity
  /// The first push that was not taken, and when to send it and all after it again.
  std::optional<std::uint64_t> resend_from_;
  Instant resend_at_{};
  bool may_push_ = true;
  std::size_t entities_left_ = 0;
};

}  // namespace weft::load
