// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/random.h"
#include "load/stamp.h"
#include "load/tally.h"
#include "protocol/server_reader.h"
#include "util/bytes.h"
#include "util/time.h"
#include "websocket/masking.h"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

namespace weft::load {

/// When deeds count. Open from the start of the measurement to its end; empty before.
struct Window {
  Instant from{};
  Instant to{};

  [[nodiscard]] bool holds(Instant at) const { return at >= from && at < to; }
};

/// What all people of one generator thread share: where they count, and buffers that are kept, so
/// that nothing is allocated for a message in the steady state.
struct Workspace {
  Workspace(Instant run_origin, std::uint64_t seed) : origin(run_origin), random(seed) {}

  Instant origin;  // stamps count from here; the same for all threads of a run
  Window window;
  Tally tally;
  Random random;
  Bytes payload;  // of the message that is being written
  std::vector<protocol::CursorEntry> entries;

  [[nodiscard]] Stamp stamp_of(Instant at) const {
    return static_cast<Stamp>(
        std::chrono::duration_cast<std::chrono::microseconds>(at - origin).count());
  }
  [[nodiscard]] Instant time_of(Stamp stamp) const {
    return origin + std::chrono::microseconds(stamp);
  }
  [[nodiscard]] websocket::MaskKey next_mask_key() {
    const std::uint64_t bits = random();
    websocket::MaskKey key;
    std::memcpy(key.data(), &bits, key.size());
    return key;
  }
};

}  // namespace weft::load
