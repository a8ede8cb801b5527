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
  net_loses_a_frame,     // one frame of the server's is swallowed and the connection goes on
  store_forgets_commits  // commits are answered and not kept; then the server crashes
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

  // Shares in percent, for each step.
  std::size_t moves_bytes = 90;  // of each link
  std::size_t acts = 30;         // of each client
  std::size_t disturbs = 20;     // of the world
};

[[nodiscard]] Plan plan_for(std::uint64_t seed);

}  // namespace weft::sim
