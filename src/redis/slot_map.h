// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/options.h"
#include "redis/reply.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::redis {

/// These slots, both ends included, live on this node.
struct SlotRange {
  int first = 0;
  int last = 0;
  Endpoint owner;
  bool operator==(const SlotRange&) const = default;
};

/// From the reply of CLUSTER SLOTS: the masters. `asked` is who answered, and the host of nodes
/// that do not know their own. The error is a sentence.
[[nodiscard]] Result<std::vector<SlotRange>, std::string> parse_cluster_slots(
    const Reply& reply, const Endpoint& asked);

/// Where a Sentinel says that the master is, and how recent that is: each failover has a higher
/// epoch.
struct NamedMaster {
  Endpoint where;
  std::uint64_t epoch = 0;
};

/// From the reply of SENTINEL MASTER: names and values in turn. nullopt: it is not understood.
[[nodiscard]] std::optional<NamedMaster> parse_sentinel_master(const Reply& reply);

/// What MOVED or ASK says.
struct Redirection {
  bool is_ask = false;  // for this one command only
  int slot = 0;
  Endpoint to;
};

/// `from` is who said it. nullopt: it says something else.
[[nodiscard]] std::optional<Redirection> parse_redirection(ByteView error, const Endpoint& from);

}  // namespace weft::redis
