// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/local_bus.h"
#include "log/local_log.h"
#include "runtime/backplane.h"
#include "store/store.h"

#include <random>
#include <utility>

namespace weft::runtime {

/// The backplane of an instance that works alone: the log over its own store, and a bus without
/// anybody else.
class LocalBackplane final : public Backplane {
 public:
  /// `store` outlives the backplane. `seed` is where epochs come from.
  LocalBackplane(store::Store& store, Post post, std::uint64_t seed)
      : log_(store, post,
             // 52 bits: JSON clients can hold it exactly.
             [random = std::mt19937_64(seed)]() mutable { return random() >> 12; }),
        bus_(hub_, std::move(post)) {}

  [[nodiscard]] log::Log& log() override { return log_; }
  [[nodiscard]] bus::Bus& bus() override { return bus_; }

 private:
  log::LocalLog log_;
  bus::LocalBusHub hub_;
  bus::LocalBus bus_;
};

}  // namespace weft::runtime
