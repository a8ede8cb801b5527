// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"
#include "store/store.h"

#include <string>
#include <vector>

namespace weft::log {

/// What a canvas at rest says, once it has been found to be a history.
struct History {
  Snapshot base;
  std::vector<Entry> tail;
  std::vector<ClientMark> clients;  // at the end of the tail, in the order of their names
  std::uint64_t newest_snapshot_seq = 0;
};

/// Reads a stored canvas and checks it: no hole after the base, every sum, every client's numbers
/// and owner, and that the newer snapshot lies on the way. The failure is a sentence that names the
/// canvas and the seq.
[[nodiscard]] Result<History, std::string> read_history(const CanvasId& canvas,
                                                        store::StoredCanvas stored);

/// What a snapshot row carries: the room's state and the clients' marks.
[[nodiscard]] Bytes encode_snapshot(const Snapshot& snapshot);
[[nodiscard]] Result<Snapshot, protocol::DecodeError> decode_snapshot(
    const store::SnapshotRow& row);

}  // namespace weft::log
