// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/frame.h"
#include "util/bytes.h"

#include <cstdint>

namespace weft::concept_sync {

/// Some neighbouring entities as a snapshot message that is not the last, for everyone who joins,
/// whenever, until one of them changes. Immutable; what holds it may be kept, read and destroyed on
/// any thread, but the frame's JSON form is its shard's own.
struct SnapshotPart {
  std::uint32_t count = 0;
  std::uint32_t entities_at = 0;
  protocol::FrameRef frame;

  /// `count` raw [id, type, props], one after the other.
  [[nodiscard]] ByteView entities() const { return frame->messages().substr(entities_at); }
};

}  // namespace weft::concept_sync
