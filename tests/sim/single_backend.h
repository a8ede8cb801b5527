// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/local_bus.h"
#include "log/local_log.h"
#include "sim/backend.h"
#include "sim/complaint.h"
#include "sim/ledger_store.h"

#include <cstdint>
#include <memory>
#include <utility>

namespace weft::sim {

/// One instance over one store, as the embedded server is.
class SingleBackend final : public Backend {
 public:
  explicit SingleBackend(LedgerStore& store) : store_(store) {}

  Seams begin(std::size_t, Post post) override {
    epochs_ += 1'000;
    Seams seams;
    seams.log = std::make_unique<log::LocalLog>(store_, post,
                                                [epoch = epochs_]() mutable { return ++epoch; });
    seams.bus = std::make_unique<bus::LocalBus>(hub_, post);
    return seams;
  }
  /// Loses everything that the store has not committed.
  void crash(Seams&) override { store_.medium().crash(); }
  void stopped() override {
    store_.medium().fail_appends(false);
    if (!store_.flush({})) complain("the store cannot be flushed");
  }

 private:
  LedgerStore& store_;
  bus::LocalBusHub hub_;
  std::uint64_t epochs_ = 0;
};

}  // namespace weft::sim
