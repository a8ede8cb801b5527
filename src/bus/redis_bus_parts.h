// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/redis_bus.h"
#include "bus/redis_message.h"

#include <functional>
#include <list>
#include <optional>
#include <unordered_set>

namespace weft::bus {

/// Where the instances that share a canvas talk.
Bytes canvas_channel_of(const CanvasId& canvas);
/// Where a bus says that it is alive.
Bytes beat_channel_of(PeerId id);

/// The conversation on one canvas. Shared only so that queues and answers under way can find it
/// gone.
class RedisBus::Canvas final : public redis::ChannelListener,
                               public std::enable_shared_from_this<Canvas> {
 public:
  Canvas(RedisBus& bus, CanvasId id, BusListener& listener, std::uint64_t first_seq);

  [[nodiscard]] const CanvasId& id() const { return id_; }
  [[nodiscard]] const Bytes& channel() const { return channel_; }
  [[nodiscard]] std::size_t peer_count() const { return peers_.size(); }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }

  /// Hello has been said since the channel was confirmed, and the channel has not been lost.
  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  /// How long already.
  [[nodiscard]] Instant open_since() const { return open_since_; }

  void say(RedisMessage message);
  /// Asks everybody for everything and has everybody told everything. False: not yet, the last one
  /// was a moment ago.
  bool say_hello(Instant now);
  /// That the listener has become ready, if it has not been told yet.
  void tell_ready();
  /// False: not yet.
  bool call(const Call& call, Instant now);
  /// Says hello as soon as publishing works.
  void want_repair();
  /// Whoever was asked by then and has said nothing since is gone.
  void call_roll(const Roll& roll);

  void peer_gone(PeerId peer, PeerEnd how);
  /// Leaves the canvas: nothing reaches the listener any more, and nobody is known. Returns the
  /// message that says so, empty when nobody can know of this part in the canvas.
  Bytes end(PeerEnd how);
  [[nodiscard]] std::vector<PeerId> peers() const;

  bool waits_to_open = false;     // stands in opening_
  bool waits_for_repair = false;  // stands in repairs_

  void channel_ready(ByteView channel) override;
  void channel_lost(ByteView channel) override;
  void channel_message(ByteView channel, ByteView payload) override;

 private:
  enum class State : std::uint8_t {
    deaf,       // the channel is not confirmed
    confirmed,  // hello is still to be said; what comes before it, it makes come again
    open,
    over,  // left
  };
  /// What is known of a peer on this canvas.
  struct Known {
    std::uint64_t seq = 0;         // of its last message
    bool may_jump = false;         // what was missed is being asked for by hello
    std::uint64_t silent_ask = 0;  // the first ask since its last message; 0: none
    bool is_to_be_called = false;  // stands in calls_
    std::optional<Instant> called;
  };

  void note_cut_off();
  void end_cut_off();
  void take(const RedisMessage& message);
  void want_call(PeerId peer, Known& known);
  void tell_ready_if_all_answered();
  void answered(const redis::Answer& answer, std::uint64_t ask, std::optional<PeerId> peer);
  void send(RedisMessage message, std::uint64_t ask, std::optional<PeerId> peer);

  RedisBus& bus_;
  const CanvasId id_;
  const Bytes channel_;
  BusListener& listener_;
  State state_ = State::deaf;
  Instant open_since_{};
  std::uint64_t seq_;  // of the last own message
  std::uint64_t asks_ = 0;
  std::optional<Instant> last_hello_;
  bool is_ready_told_ = false;              // ever
  std::optional<std::uint64_t> got_hello_;  // how many peers the first hello reached, once known
  std::unordered_map<PeerId, Known> peers_;
  std::optional<std::list<CutOff>::iterator> cut_off_;  // its place in the bus's list
};

/// Another bus, on all canvases that it shares with this one.
class RedisBus::Peer final : public redis::ChannelListener {
 public:
  Peer(RedisBus& bus, PeerId id);
  ~Peer() override;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void note_heard();
  void set_heard(Instant now) {
    heard_at_ = now;
    is_noted_ = false;
  }
  /// From when on its silence counts; nothing while it could not be heard.
  [[nodiscard]] std::optional<Instant> silent_since() const;

  std::unordered_set<Canvas*> canvases;  // where it is known

  void channel_ready(ByteView channel) override;
  void channel_lost(ByteView channel) override;
  void channel_message(ByteView channel, ByteView payload) override;

 private:
  RedisBus& bus_;
  const Bytes channel_;
  Instant heard_at_{};
  bool is_noted_ = false;  // stands in heard_
  bool is_audible_ = false;
};

}  // namespace weft::bus
