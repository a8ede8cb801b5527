// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/key_set.h"
#include "sim/actors.h"
#include "sim/ledger.h"
#include "sim/plan.h"
#include "sim/random.h"
#include "util/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sim {

/// What the parts of one run share. The world owns it and outlives them.
struct Shared {
  Shared(const Plan& plan_of_run, bool tracing)
      : plan(plan_of_run),
        is_tracing(tracing),
        random(plan_of_run.seed),
        ledger(plan_of_run.router.room.limits) {}

  /// `say` makes a line and is called only when somebody wants to read it.
  template <class Say>
  void trace(Say say) {
    if (!is_tracing) return;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.mono - start);
    lines.push_back(std::to_string(ms.count()) + " ms: " + say());
  }
  void count(std::string_view what) { ++counts[std::string(what)]; }

  const Plan& plan;
  const bool is_tracing;
  std::vector<std::string> lines;
  /// How often a run met what it is meant to meet.
  std::map<std::string, std::size_t> counts;
  Random random;
  Ledger ledger;
  Actors actors;
  const connection::Key* key = nullptr;  // null: development mode
  const Instant start = Instant{} + std::chrono::hours(1);
  Now now{start, 1'800'000'000'000};
  /// When time last passed at a stroke that may be too long for what has to be said in time (I3).
  Instant last_leap{};
  std::uint64_t server_life = 0;  // grows whenever some server starts or begins to end
  /// Those that each canvas has had.
  std::map<CanvasId, std::set<std::uint64_t>> epochs;
  [[nodiscard]] bool is_cluster() const { return plan.cluster.instances > 1; }
  /// From then on there is no more mischief: everybody comes to rest.
  std::optional<Instant> calm_since;
  [[nodiscard]] bool is_calm() const { return calm_since.has_value(); }
};

}  // namespace weft::sim
