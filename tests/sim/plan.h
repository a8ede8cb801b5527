// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/outbox.h"
#include "router/router.h"
#include "util/ids.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::sim {

/// One protection switched off, to prove that the checks see it.
enum class Sabotage : std::uint8_t {
  none,
  client_applies_duplicates,  // a push that is answered `duplicate` is applied once more
  client_skips_a_push,        // one foreign push is not applied
  client_ignores_leaves,
  client_ignores_cursors,
  client_never_resends,
  net_loses_a_frame,        // one frame of the server's is swallowed and the connection goes on
  store_forgets_commits,    // commits are answered and not kept; then the server crashes
  bus_notices_no_loss,      // what the bus loses is lost
  room_ignores_gone_peers,  // an instance that has ended is not missed
  arrivals_are_not_synced   // whoever arrives is let in to what the instance knows
};

/// Several instances, and what lies between them.
struct ClusterPlan {
  std::size_t instances = 1;  // 1: the embedded server; everything else is of no use then
  /// Nothing is lost or parted, and no instance ends: then more can be relied on.
  bool is_faithful = false;
  std::size_t loses = 0;  // percent of what the bus carries
  std::chrono::milliseconds delay_max{0};
  std::chrono::milliseconds log_delay_max{0};
  /// Each instance is told what is in the log so much later than the one before it.
  std::chrono::milliseconds log_lag{0};
  std::chrono::milliseconds dead_after{1'000};
};

/// What a seed has decided before its run begins.
struct Plan {
  std::uint64_t seed = 0;
  Sabotage sabotage = Sabotage::none;

  std::size_t clients = 2;
  std::size_t canvases = 1;
  std::size_t steps = 300;
  bool has_keys = false;  // else development mode: everybody may edit
  /// Tokens live so long; nothing: for ever.
  std::optional<std::chrono::milliseconds> token_life;

  router::RouterConfig router;
  connection::OutboxLimits outbox;
  std::size_t socket_bytes_max = 64 * 1024;
  /// The longest text in an entity; long ones make snapshots of several parts.
  std::size_t text_bytes_max = 60;

  ClusterPlan cluster;

  // Shares in percent, for each step.
  std::size_t moves_bytes = 90;  // of each link
  std::size_t acts = 30;         // of each client
  std::size_t disturbs = 20;     // of the world
};

[[nodiscard]] Plan plan_for(std::uint64_t seed);
/// The same world on 2 or 3 instances, or now and then on one that stands on a shared log.
[[nodiscard]] Plan cluster_plan_for(std::uint64_t seed);

}  // namespace weft::sim
