// SPDX-License-Identifier: Apache-2.0
#include "bus/redis_bus_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace weft::bus {

Bytes canvas_channel_of(const CanvasId& canvas) {
  return "weft:{" + canvas + "}:live";
}

Bytes beat_channel_of(PeerId id) {
  std::array<char, 16> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), id.value, 16).ptr;
  return "weft:node:{" + Bytes(hex.data(), end) + "}";
}

RedisBus::Canvas::Canvas(RedisBus& bus, CanvasId id, BusListener& listener, std::uint64_t first_seq)
    : bus_(bus),
      id_(std::move(id)),
      channel_(canvas_channel_of(id_)),
      listener_(listener),
      seq_(first_seq) {
  note_cut_off();
}

// ---- Saying -------------------------------------------------------------------------------------

void RedisBus::Canvas::say(RedisMessage message) {
  send(message, 0, std::nullopt);
}

void RedisBus::Canvas::send(RedisMessage message, std::uint64_t ask, std::optional<PeerId> peer) {
  message.sender = bus_.self_;
  message.seq = ++seq_;
  bus_.publish_message(channel_, message,
                       [canvas = weak_from_this(), ask, peer](const redis::Answer& answer) {
                         if (auto self = canvas.lock()) self->answered(answer, ask, peer);
                       });
}

void RedisBus::Canvas::answered(const redis::Answer& answer, std::uint64_t ask,
                                std::optional<PeerId> peer) {
  if (state_ == State::over) return;
  bus_.note_publish(answer);
  if (!answer) {
    want_repair();
  } else if (ask != 0) {
    bus_.asked_.push_back({{}, weak_from_this(), ask, peer});
    if (!peer && state_ == State::open && !waits_for_repair) end_cut_off();
    if (peer || is_ready_told_) return;
    // Redis says how many subscribers it reached, this bus among them.
    got_hello_ = static_cast<std::uint64_t>(std::max<std::int64_t>(answer->integer - 1, 0));
    tell_ready_if_all_answered();
  }
}

/// From when the channel is lost, or something was perhaps not published, until a hello has been
/// published.
void RedisBus::Canvas::note_cut_off() {
  if (cut_off_) return;
  cut_off_ = bus_.cut_off_.insert(bus_.cut_off_.end(), {this, std::nullopt});
}

void RedisBus::Canvas::end_cut_off() {
  if (cut_off_) bus_.cut_off_.erase(*cut_off_);
  cut_off_.reset();
}

void RedisBus::Canvas::want_repair() {
  note_cut_off();
  if (waits_for_repair) return;
  waits_for_repair = true;
  bus_.repairs_.push_back(weak_from_this());
  bus_.repairs_at_.reset();
}

bool RedisBus::Canvas::say_hello(Instant now) {
  if (state_ == State::over) return true;
  if (state_ == State::deaf) return true;  // when the channel is back
  const bool opens = state_ == State::confirmed;
  if (!opens && last_hello_ && now < *last_hello_ + kRepeatInterval) return false;
  last_hello_ = now;
  if (opens) {
    state_ = State::open;
    open_since_ = now;
  }
  const std::uint64_t ask = ++asks_;
  for (auto& [id, known] : peers_) {
    if (opens) known.may_jump = true;
    if (known.silent_ask == 0) known.silent_ask = ask;
    known.is_to_be_called = false;
  }
  send({.kind = MessageKind::hello}, ask, std::nullopt);
  if (is_ready_told_) {
    listener_.bus_ready(id_);
  } else {
    got_hello_.reset();
    bus_.newcomers_.push_back({now + kAnswerWaitMax, weak_from_this()});
  }
  return true;
}

void RedisBus::Canvas::tell_ready_if_all_answered() {
  if (got_hello_ && peers_.size() >= *got_hello_) tell_ready();
}

void RedisBus::Canvas::tell_ready() {
  if (state_ != State::open || std::exchange(is_ready_told_, true)) return;
  listener_.bus_ready(id_);
}

void RedisBus::Canvas::want_call(PeerId peer, Known& known) {
  if (known.is_to_be_called) return;
  known.is_to_be_called = true;
  bus_.calls_.push_back({weak_from_this(), peer, false});
  bus_.calls_at_.reset();
}

bool RedisBus::Canvas::call(const Call& call, Instant now) {
  if (state_ != State::open) return true;  // hello will ask everybody
  const auto found = peers_.find(call.peer);
  if (found == peers_.end()) {
    if (call.has_been_called_dead) say({.kind = MessageKind::again, .to = call.peer});
    return true;
  }
  Known& known = found->second;
  if (!known.is_to_be_called) return true;
  if (known.called && now < *known.called + kRepeatInterval) return false;
  known.called = now;
  known.is_to_be_called = false;
  const std::uint64_t ask = ++asks_;
  if (known.silent_ask == 0) known.silent_ask = ask;
  send({.kind = MessageKind::again, .to = call.peer}, ask, call.peer);
  return true;
}

Bytes RedisBus::Canvas::end(PeerEnd how) {
  state_ = State::over;
  end_cut_off();
  for (const PeerId peer : peers()) bus_.part(*this, peer);
  peers_.clear();
  if (!last_hello_) return {};
  Bytes bye;
  append_message(bye, {.kind = MessageKind::bye, .sender = bus_.self_, .seq = ++seq_, .how = how});
  return bye;
}

// ---- Hearing ------------------------------------------------------------------------------------

void RedisBus::Canvas::channel_ready(ByteView /*channel*/) {
  if (state_ == State::over) return;
  state_ = State::confirmed;
  if (waits_to_open) return;
  waits_to_open = true;
  bus_.opening_.push_back(weak_from_this());
}

void RedisBus::Canvas::channel_lost(ByteView /*channel*/) {
  if (state_ == State::over) return;
  state_ = State::deaf;
  note_cut_off();
  for (auto& [id, known] : peers_) known.silent_ask = 0;  // the answers may have been lost
}

void RedisBus::Canvas::channel_message(ByteView /*channel*/, ByteView payload) {
  if (state_ != State::open) return;
  const auto self = shared_from_this();  // the listener may leave the canvas
  const auto message = decode_message(payload);
  if (!message || message->kind == MessageKind::beat) {
    bus_.notice("Canvas " + id_ + " was sent something on its Redis channel that is no message " +
                "of this version of Weft; it was ignored.");
  } else if (message->sender != bus_.self_) {
    take(*message);
  }
}

void RedisBus::Canvas::take(const RedisMessage& message) {
  const PeerId peer = message.sender;
  auto found = peers_.find(peer);
  const bool is_new = found == peers_.end();
  if (!is_new && message.seq <= found->second.seq) return;
  if (message.kind == MessageKind::bye) {
    if (!is_new) peer_gone(peer, message.how);
    return;
  }
  if (is_new) {
    if (bus_.meet(*this, peer) == nullptr) return;
    found = peers_.try_emplace(peer).first;
  }
  bus_.peers_.at(peer)->note_heard();

  Known& known = found->second;
  const bool is_hole = !is_new && !known.may_jump && message.seq != known.seq + 1;
  known.seq = message.seq;
  known.may_jump = false;
  known.silent_ask = 0;
  const bool is_asking = message.kind == MessageKind::hello ||
                         (message.kind == MessageKind::again && message.to == bus_.self_);
  if (message.kind == MessageKind::hello) {
    known.is_to_be_called = false;  // it tells everything unasked
  } else if (is_hole || (is_new && message.kind != MessageKind::here)) {
    want_call(peer, known);
  }

  if (is_asking) say({.kind = MessageKind::here});
  if (is_asking || is_new) listener_.bus_peer_asks(id_, peer);
  if (is_new && state_ == State::open && !is_ready_told_) tell_ready_if_all_answered();
  if (message.kind != MessageKind::data || state_ != State::open) return;
  if (message.batch.size() > kBatchBytesMax) {
    bus_.notice("A batch of " + std::to_string(message.batch.size()) + " bytes for canvas " + id_ +
                " was dropped; another instance may send " + std::to_string(kBatchBytesMax) + ".");
    return;
  }
  listener_.bus_received(id_, peer, message.batch);
}

// ---- Who is gone --------------------------------------------------------------------------------

void RedisBus::Canvas::peer_gone(PeerId peer, PeerEnd how) {
  if (peers_.erase(peer) == 0) return;
  bus_.part(*this, peer);
  if (how == PeerEnd::dead) {
    bus_.calls_.push_back({weak_from_this(), peer, true});
    bus_.calls_at_.reset();
  }
  listener_.bus_peer_gone(id_, peer, how);
}

void RedisBus::Canvas::call_roll(const Roll& roll) {
  if (state_ != State::open) return;
  std::vector<PeerId> silent;
  for (const auto& [id, known] : peers_) {
    if (known.silent_ask == 0 || known.silent_ask > roll.ask) continue;
    if (!roll.peer || *roll.peer == id) silent.push_back(id);
  }
  for (const PeerId peer : silent) {
    if (state_ == State::open) peer_gone(peer, PeerEnd::dead);
  }
}

std::vector<PeerId> RedisBus::Canvas::peers() const {
  std::vector<PeerId> all;
  all.reserve(peers_.size());
  for (const auto& [id, known] : peers_) all.push_back(id);
  return all;
}

// ---- Peers --------------------------------------------------------------------------------------

RedisBus::Peer::Peer(RedisBus& bus, PeerId id) : bus_(bus), channel_(beat_channel_of(id)) {
  bus_.channels_.subscribe(channel_, *this);
  note_heard();
}

RedisBus::Peer::~Peer() {
  bus_.channels_.unsubscribe(channel_);
  if (is_noted_) std::erase(bus_.heard_, this);
}

void RedisBus::Peer::note_heard() {
  if (is_noted_) return;
  is_noted_ = true;
  bus_.heard_.push_back(this);
}

std::optional<Instant> RedisBus::Peer::silent_since() const {
  if (!is_audible_ || is_noted_) return std::nullopt;
  return heard_at_;
}

void RedisBus::Peer::channel_ready(ByteView /*channel*/) {
  is_audible_ = true;
  note_heard();
}

void RedisBus::Peer::channel_lost(ByteView /*channel*/) {
  is_audible_ = false;
}

void RedisBus::Peer::channel_message(ByteView /*channel*/, ByteView /*payload*/) {
  note_heard();
}

}  // namespace weft::bus
