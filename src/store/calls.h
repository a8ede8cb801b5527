// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace weft::store {

/// What a call found, and whom to tell.
template <class T>
struct Answer {
  std::function<void(T)> done;
  T found{};
  void tell() {
    if (done) done(std::move(found));
  }
};
/// Of a call that reads: it may fail.
template <class T>
using Finding = Answer<Result<T, StoreError>>;

// The calls of store.h on their way through a store's thread. Each may be carried out again when
// the outcome of the first time is not known.

struct LoadCall {
  CanvasId canvas;
  std::uint64_t fresh_epoch = 0;
  std::uint64_t actors = 0;
  Finding<StoredCanvas> answer;
};
struct ReserveActorsCall {
  CanvasId canvas;
  std::uint64_t actors = 0;
  Finding<std::uint64_t> answer;
};
struct ExistsCall {
  CanvasId canvas;
  Finding<bool> answer;
};
struct LoadLastSeenCall {
  CanvasId canvas;
  Finding<std::vector<LastSeen>> answer;
};

struct AppendCall {
  CanvasId canvas;
  std::uint64_t epoch = 0;
  LogRow row;
  Answer<Kept> answer;
};
struct SaveSnapshotCall {
  CanvasId canvas;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  /// Null when a newer one has taken its place.
  std::shared_ptr<SnapshotRow> row;
};
struct StartOverCall {
  CanvasId canvas;
  std::uint64_t epoch_before = 0;
  std::uint64_t epoch = 0;
  SnapshotRow base;
  Answer<bool> answer;
};
struct SaveLastSeenCall {
  CanvasId canvas;
  LastSeen row;
};

using Call = std::variant<LoadCall, ReserveActorsCall, ExistsCall, LoadLastSeenCall, AppendCall,
                          SaveSnapshotCall, StartOverCall, SaveLastSeenCall>;

/// Chooses a function for each kind of call.
template <class... Functions>
struct ForEach : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
ForEach(Functions...) -> ForEach<Functions...>;

/// Reads are answered `unavailable` in an outage; writes wait for its end.
[[nodiscard]] bool is_read(const Call& call);
/// The call's share of what may wait. Snapshots are counted elsewhere: one per canvas.
[[nodiscard]] std::size_t waiting_bytes(const Call& call);
/// Tells what was found. Requires: the call was carried out.
void answer(Call& call);
/// Requires: is_read(call).
void give_up(Call& call, const StoreError& error);

}  // namespace weft::store
