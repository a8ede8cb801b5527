// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/backend.h"
#include "sim/shared.h"
#include "sim/sim_bus.h"
#include "sim/sim_log.h"
#include "sim/sim_net.h"

namespace weft::sim {

/// Instances that share one log and one bus, and a net between them that fails.
class ClusterBackend final : public Backend {
 public:
  explicit ClusterBackend(Shared& shared) : log_(shared, net_), bus_(shared, net_) {}

  Seams begin(std::size_t instance, Post) override {
    return {log_.connect(instance), bus_.connect(instance)};
  }
  void crash(Seams& seams) override { SimBusHub::kill(*seams.bus); }
  void stopped() override {}

  /// Brings what is due to the rooms.
  void run() {
    log_.run();
    bus_.run();
  }
  [[nodiscard]] SimNet& net() { return net_; }
  [[nodiscard]] SimLogService& log() { return log_; }

 private:
  SimNet net_;
  SimLogService log_;
  SimBusHub bus_;
};

}  // namespace weft::sim
