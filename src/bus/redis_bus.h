// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "redis/channels.h"
#include "redis/commands.h"
#include "util/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::bus {

struct RedisMessage;

/// Each bus that has a canvas says so often that it is alive.
inline constexpr std::chrono::milliseconds kBeatInterval{1'000};
/// A peer of whom nothing is heard for so long, while it could have been heard, is dead.
inline constexpr std::chrono::milliseconds kSilenceMax{3'000};
/// Peers may have called this bus dead when its beats were further apart: a little less than
/// silence.
inline constexpr std::chrono::milliseconds kBeatGapMax{2'500};
/// At least so long between two hellos on a canvas, and two calls for the same peer there.
inline constexpr std::chrono::milliseconds kRepeatInterval{200};
/// A newcomer's room is told that it is ready when everybody who got its hello has answered, or
/// then.
inline constexpr std::chrono::milliseconds kAnswerWaitMax{500};
/// A canvas may be cut off for so long before somebody has to be told: its channel is not there, or
/// a hello of it has still to be said.
inline constexpr std::chrono::milliseconds kCutOffMax{1'000};
/// What is due on many canvases at once is done for so many of them in a turn.
inline constexpr std::size_t kCanvasesPerTurn = 500;
inline constexpr std::size_t kBatchBytesMax = 16 * 1024 * 1024;
/// Buses of others that are known at once, each with a subscription to its beat.
inline constexpr std::size_t kPeersMax = 4'096;
/// Canvases that were left while Redis was away, whose peers have not been told yet.
inline constexpr std::size_t kFarewellsMax = 65'536;

/// Instances joined by Redis: one sharded channel per canvas, `weft:{<canvas>}:live`, and one per
/// bus for its beat, `weft:node:{<id in hex>}`. Sans-io. One per shard; what it rests on, Redis and
/// the clock, is handed in. Messages are those of redis_message.h.
class RedisBus final : public Bus {
 public:
  using Notice = std::function<void(const std::string& sentence)>;

  /// `commands` and `channels` outlive the bus. `self` is random, and nobody else's; not 0.
  RedisBus(redis::Commands& commands, redis::Channels& channels, PeerId self, Notice on_notice);
  /// Says good-bye on no canvas: for the others it is dead after a while.
  ~RedisBus() override;
  RedisBus(const RedisBus&) = delete;
  RedisBus& operator=(const RedisBus&) = delete;

  [[nodiscard]] PeerId self() const override { return self_; }
  void subscribe(const CanvasId& canvas, BusListener& listener) override;
  void unsubscribe(const CanvasId& canvas, PeerEnd how) override;
  void publish(const CanvasId& canvas, Bytes batch) override;
  [[nodiscard]] bool has_peers(const CanvasId& canvas) const override {
    return peer_count(canvas) > 0;
  }
  [[nodiscard]] std::size_t peer_count(const CanvasId& canvas) const override;

  /// Lets time come to pass: hellos, beats, deaths. Tells listeners. Once in each turn of the
  /// shard.
  void advance(Now now);
  /// When advance has something to do next. None when no canvas is subscribed and every peer knows
  /// of the ones that were left.
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// A sentence while a canvas has been cut off from the other instances for longer than
  /// kCutOffMax; empty when all is well. Constant time.
  [[nodiscard]] std::string trouble() const;

 private:
  class Canvas;
  class Peer;
  using CanvasRef = std::weak_ptr<Canvas>;

  /// A peer that is to be called on a canvas: `again`.
  struct Call {
    CanvasRef canvas;
    PeerId peer;
    bool has_been_called_dead;  // and is told so: if it lives it answers
  };
  /// Whoever was asked by then and has said nothing since has no part in the canvas any more.
  struct Roll {
    Instant due;
    CanvasRef canvas;
    std::uint64_t ask;
    std::optional<PeerId> peer;  // who was asked; everybody, if none is named
  };

  /// A canvas whose listener waits to be told that it is ready, at the latest then.
  struct Newcomer {
    Instant due;
    CanvasRef canvas;
  };

  /// A canvas that does not hear the others, or that they may not have heard.
  struct CutOff {
    const Canvas* canvas;
    std::optional<Instant> since;  // the first advance that found it so
  };

  void note_cut_off(Instant now);
  void note_stall(Instant now);
  void note_signs_of_life(Instant now);
  void note_beat_gap(Instant now);
  void open_canvases(std::size_t& budget);
  void ready_newcomers(std::size_t& budget);
  void repair_canvases(std::size_t& budget);
  void call_peers(std::size_t& budget);
  void call_roll(std::size_t& budget);
  void bury_silent_peers(std::size_t& budget);
  void say_farewells(std::size_t& budget);
  void beat();

  /// The peer as a part of the canvas; null when there are too many peers.
  Peer* meet(Canvas& canvas, PeerId id);
  void part(Canvas& canvas, PeerId id);
  void say_farewell(const CanvasId& canvas, const Bytes& message);
  void keep_farewell(const CanvasId& canvas, const Bytes& message);
  void publish_message(ByteView channel, const RedisMessage& message, redis::Done done);
  void publish_bytes(ByteView channel, ByteView bytes, redis::Done done);
  void note_publish(const redis::Answer& answer);
  void notice(const std::string& sentence);
  [[nodiscard]] Instant beat_due() const;

  redis::Commands& commands_;
  redis::Channels& channels_;
  const PeerId self_;
  const Notice on_notice_;
  const Bytes beat_channel_;
  Instant now_{};  // of the last advance

  std::map<CanvasId, std::shared_ptr<Canvas>> canvases_;
  std::unordered_map<PeerId, std::unique_ptr<Peer>> peers_;
  std::list<CutOff> cut_off_;          // those who have been longest first
  std::vector<Peer*> heard_;           // since the last advance
  std::deque<CanvasRef> opening_;      // channel confirmed, hello to be said
  std::deque<Newcomer> newcomers_;     // in the order of `due`
  std::deque<CanvasRef> repairs_;      // peers may have missed something: hello to be said
  std::optional<Instant> repairs_at_;  // all of repairs_ must wait until then
  std::deque<Call> calls_;
  std::optional<Instant> calls_at_;      // all of calls_ must wait until then
  std::vector<Roll> asked_;              // since the last advance; `due` is still to be set
  std::deque<Roll> rolls_;               // in the order of `due`
  std::map<CanvasId, Bytes> farewells_;  // bye messages that are to be said once more
  std::optional<Instant> farewells_at_;
  std::optional<Instant> silence_at_;  // not before that a peer can have been silent too long
  Instant judge_from_{};               // until then nobody is called dead: this bus was stalled

  bool publish_works_ = true;  // the last answer was a good one
  bool has_told_refusal_ = false;
  std::optional<Instant> last_beat_;       // sent
  std::optional<Instant> confirmed_beat_;  // the last one that was published: when it was sent
  std::optional<Instant> answered_beat_;   // since the last advance: when it was sent
  std::uint64_t first_seq_ = 0;       // seqs of a canvas begin above those of its earlier lives
  Bytes message_;                     // scratch
  std::shared_ptr<RedisBus*> alive_;  // answers that come after the bus's end find it gone
};

}  // namespace weft::bus
