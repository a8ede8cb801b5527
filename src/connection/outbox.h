// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/frame.h"
#include "util/bytes.h"
#include "util/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::connection {

/// What a frame may expect of a session's outbox.
enum class Lane : std::uint8_t {
  reliable,  // never dropped; counts against the bound
  live,      // dropped while the socket is not writable; latest wins, refreshed after
  bulk,  // never dropped; a join's snapshot, shared with others, so it does not count against the
         // bound
};

struct OutboxLimits {
  /// Reliable bytes, before compression, that may wait behind a socket that is full; beyond it the
  /// session is `slow`.
  /// What has not been offered to the socket yet does not count: it says nothing about the reader.
  /// More than a canvas may have in flight to the log, so that what comes back at once after a
  /// stall fits.
  std::size_t bytes_max = 16 << 20;
  /// A session whose oldest unsent byte has waited this long is `slow`.
  std::chrono::milliseconds age_max = std::chrono::seconds(10);
};

class FrameCompressor;

/// The frames that wait for one session's socket. Decides what is queued, dropped or too much; the
/// driver does the writing. Lives on the session's shard. An empty outbox holds no frames.
class Outbox {
 public:
  /// `compressor`: the shard's, which outlives the outbox; null when the session takes no
  /// compressed frames.
  Outbox(const OutboxLimits& limits, protocol::Encoding encoding,
         FrameCompressor* compressor = nullptr)
      : limits_(limits), encoding_(encoding), compressor_(compressor) {}

  enum class Offer : std::uint8_t {
    queued,
    coalesced,   // a live frame was dropped; take_refresh() will ask for current positions
    over_limit,  // the reliable bound is passed: the session is slow; nothing was queued
  };
  [[nodiscard]] Offer offer(protocol::FrameRef frame, Lane lane, Instant now);

  /// Queues raw WebSocket bytes (control frames) that are neither bounded nor dropped; the caller
  /// bounds them.
  void offer_control(Bytes frame, Instant now);

  [[nodiscard]] bool is_empty() const { return head_ == queue_.size(); }
  /// The unsent bytes of the first frames, at most out.size() pieces; returns how many. None,
  /// though the outbox is not empty, means that the first frame waits for the next turn to be
  /// compressed.
  [[nodiscard]] std::size_t gather(std::span<ByteView> out) const;
  /// `bytes` have gone out. Whatever is left then means that the socket did not take all.
  void note_written(std::size_t bytes, Instant now);
  /// The socket took less than there was: unsent live frames are dropped and further ones coalesced
  /// until the queue has drained.
  void note_blocked();
  /// The rest waits although the socket would take it: others have their turn. As with a socket
  /// that is full, live frames are coalesced and reliable ones bounded until the queue has drained;
  /// its age begins anew, since the reader is not to blame.
  void note_held_back(Instant now);
  [[nodiscard]] bool is_held_back() const { return held_back_; }
  /// The socket takes more again. One that has nothing left to write is not blocked any more.
  void note_writable();
  [[nodiscard]] bool is_blocked() const { return blocked_; }

  /// True once after a blocked outbox has drained and live frames were dropped meanwhile.
  [[nodiscard]] bool take_refresh();
  /// Gives back the memory of an outbox that nothing went through since the last call. Whether it
  /// owns none now.
  [[nodiscard]] bool rest();
  /// Whether the oldest unsent byte has waited for too long.
  [[nodiscard]] bool is_overdue(Instant now) const;
  /// Forgets what waits, but for the rest of a frame that has begun to go out: room for a goodbye.
  void drop_waiting();

  /// Memory of the queue itself, frames not counted.
  [[nodiscard]] std::size_t held_bytes() const { return queue_.capacity() * sizeof(Item); }
  [[nodiscard]] const OutboxLimits& limits() const { return limits_; }
  [[nodiscard]] std::size_t reliable_bytes() const { return reliable_bytes_; }

 private:
  struct Item {
    protocol::FrameRef frame;  // null: `raw` holds the bytes
    Bytes raw;
    Lane lane = Lane::reliable;
    Instant queued_at{};
  };
  [[nodiscard]] bool is_compressible(const Item& item) const;
  [[nodiscard]] ByteView bytes_of(const Item& item) const;
  [[nodiscard]] std::size_t counted_bytes(const Item& item) const;
  [[nodiscard]] auto first_unsent() {
    return queue_.begin() + static_cast<std::ptrdiff_t>(head_ + (head_sent_ > 0 ? 1 : 0));
  }
  void pop_front(Instant now);
  void forget_sent();

  OutboxLimits limits_;
  protocol::Encoding encoding_;
  FrameCompressor* compressor_;
  std::vector<Item> queue_;
  std::size_t head_ = 0;       // queue_[head_] is the first item that has not gone out whole
  std::size_t head_sent_ = 0;  // bytes of the first item that have gone out
  std::size_t reliable_bytes_ = 0;
  // Waiting behind bulk is not the reader's fault, so ages count from here at the earliest.
  Instant age_floor_{};
  bool blocked_ = false;
  bool held_back_ = false;
  bool stale_ = false;
  bool rested_ = true;  // nothing was queued since rest()
};

}  // namespace weft::connection
