// SPDX-License-Identifier: Apache-2.0
#include "connection/frame_compressor.h"

namespace weft::connection {
namespace {

// Smaller frames go as they are. What comes with a join is names and properties, which shrink to
// half from here on, once a visit; a tick's edits are ids and sums, which save a fifth, often for
// one session alone, so that only what is pasted or laid out anew is worth it.
constexpr std::size_t kBulkBytesMin = 1024;
constexpr std::size_t kReliableBytesMin = 4 * 1024;

// Larger ones do too: one push of many large entities, which would stall the tick by itself.
constexpr std::size_t kBytesMax = 512 * 1024;

// A turn compresses about so much, four parts of a snapshot: one to two milliseconds.
constexpr std::size_t kBytesPerTurn = 128 * 1024;

// So long a part of a snapshot waits for its turn. When everybody joins at once, processor time is
// what is missing, and parts go as they are.
constexpr std::chrono::milliseconds kPatience{200};

std::size_t bytes_min(Lane lane) {
  return lane == Lane::bulk ? kBulkBytesMin : kReliableBytesMin;
}

}  // namespace

void FrameCompressor::begin_turn(Instant now) {
  now_ = now;
  bytes_this_turn_ = 0;
}

bool FrameCompressor::settle(const protocol::Frame& frame, protocol::Encoding encoding, Lane lane,
                             Instant queued_at) {
  if (frame.is_settled(encoding)) return true;
  const std::size_t bytes = frame.wire(encoding).size();
  if (bytes < bytes_min(lane) || bytes > kBytesMax) {
    frame.settle_plain(encoding);
  } else if (bytes_this_turn_ < kBytesPerTurn) {
    bytes_this_turn_ += bytes;
    frame.settle_compressed(encoding, deflate_);
  } else if (lane == Lane::bulk && now_ - queued_at < kPatience) {
    return false;
  } else {
    frame.settle_plain(encoding);  // news does not wait
  }
  return true;
}

}  // namespace weft::connection
