// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/ledger.h"
#include "store/memory_store.h"

#include <functional>
#include <utility>

namespace weft::sim {

/// The memory store, with every commit entered into the ledger before anybody else hears of it.
class LedgerStore final : public store::Store {
 public:
  explicit LedgerStore(Ledger& ledger) : ledger_(ledger) {}

  /// From now on appends are answered as committed and not kept: what the store must never do.
  void lie_about_commits() { lies_ = true; }
  [[nodiscard]] store::MemoryStore& medium() { return medium_; }

  void load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
            Done<store::StoredCanvas> done) override {
    medium_.load(canvas, fresh_epoch, actors, std::move(done));
  }
  void reserve_actors(const CanvasId& canvas, std::uint64_t actors,
                      Done<std::uint64_t> done) override {
    medium_.reserve_actors(canvas, actors, std::move(done));
  }
  void append(const CanvasId& canvas, std::uint64_t epoch, store::LogRow row,
              std::function<void(store::Kept)> done) override {
    auto enter = [this, canvas, row, done = std::move(done)](store::Kept kept) {
      if (kept == store::Kept::committed) ledger_.commit(canvas, row);
      done(kept);
    };
    if (lies_) {
      medium_.load_last_seen(
          canvas, [enter = std::move(enter)](const auto&) { enter(store::Kept::committed); });
    } else {
      medium_.append(canvas, epoch, std::move(row), std::move(enter));
    }
  }
  void save_snapshot(const CanvasId& canvas, std::uint64_t epoch, store::SnapshotRow row) override {
    medium_.save_snapshot(canvas, epoch, std::move(row));
  }
  void start_over(const CanvasId& canvas, std::uint64_t epoch_before, std::uint64_t epoch,
                  store::SnapshotRow base, std::function<void(bool)> done) override {
    medium_.start_over(canvas, epoch_before, epoch, std::move(base), std::move(done));
  }
  void save_last_seen(const CanvasId& canvas, store::LastSeen row) override {
    medium_.save_last_seen(canvas, std::move(row));
  }
  void exists(const CanvasId& canvas, Done<bool> done) override {
    medium_.exists(canvas, std::move(done));
  }
  void load_last_seen(const CanvasId& canvas, Done<std::vector<store::LastSeen>> done) override {
    medium_.load_last_seen(canvas, std::move(done));
  }
  [[nodiscard]] bool is_available() const override { return medium_.is_available(); }
  [[nodiscard]] bool flush(Instant deadline) override { return medium_.flush(deadline); }

 private:
  Ledger& ledger_;
  store::MemoryStore medium_;
  bool lies_ = false;
};

}  // namespace weft::sim
