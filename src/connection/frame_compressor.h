// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/outbox.h"
#include "protocol/frame.h"
#include "util/time.h"
#include "websocket/deflate.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weft::connection {

/// Decides which frames are compressed, and spreads the work over the turns of the loop, so that
/// no snapshot stalls a tick. One per shard. The figures behind the bounds: decision 0011.
class FrameCompressor {
 public:
  /// Cursors leave every tick and are hardly smaller for it, so the live lane is never compressed.
  [[nodiscard]] static constexpr bool takes(Lane lane) { return lane != Lane::live; }

  /// Gives the turn its share of work.
  void begin_turn(Instant now);

  /// Settles what goes to sessions that take compressed frames, if nobody has before: once for all
  /// of them. False when the turn's share is used up and the frame is to wait for the next.
  /// `queued_at`: since when it has waited. Requires: takes(lane).
  [[nodiscard]] bool settle(const protocol::Frame& frame, protocol::Encoding encoding, Lane lane,
                            Instant queued_at);

  /// Frames that have been compressed, or tried.
  [[nodiscard]] std::uint64_t count() const { return deflate_.count(); }

 private:
  websocket::Deflate deflate_;
  Instant now_{};
  std::size_t bytes_this_turn_ = 0;
};

}  // namespace weft::connection
