// SPDX-License-Identifier: Apache-2.0
#include "redis/slot_map.h"

#include "redis/slot.h"

#include <charconv>

namespace weft::redis {
namespace {

constexpr int kMaxPort = 65535;

bool is_slot(std::int64_t number) {
  return number >= 0 && number < kSlots;
}

bool is_port(std::int64_t number) {
  return number > 0 && number <= kMaxPort;
}

template <class Number = int>
std::optional<Number> to_number(ByteView text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// [first, last, [host, port, …], replicas…]
std::optional<SlotRange> parse_range(const Reply& row, const Endpoint& asked) {
  if (row.items.size() < 3 || row.items[2].items.size() < 2) return std::nullopt;
  const std::int64_t first = row.items[0].integer;
  const std::int64_t last = row.items[1].integer;
  const std::string& host = row.items[2].items[0].text;
  const std::int64_t port = row.items[2].items[1].integer;
  if (!is_slot(first) || !is_slot(last) || first > last || !is_port(port)) return std::nullopt;
  SlotRange range{.first = static_cast<int>(first), .last = static_cast<int>(last), .owner = {}};
  // Nil and empty mean: the host that you have asked.
  range.owner = {.host = host.empty() ? asked.host : host,
                 .port = static_cast<std::uint16_t>(port)};
  return range;
}

}  // namespace

Result<std::vector<SlotRange>, std::string> parse_cluster_slots(const Reply& reply,
                                                                const Endpoint& asked) {
  std::vector<SlotRange> ranges;
  for (const Reply& row : reply.items) {
    auto range = parse_range(row, asked);
    if (!range) return Failure(std::string("its answer to CLUSTER SLOTS is not understood"));
    if (range->owner.host == "?") continue;  // It does not know where that node is.
    ranges.push_back(std::move(*range));
  }
  if (ranges.empty()) return Failure(std::string("it knows of no slots"));
  return ranges;
}

std::optional<NamedMaster> parse_sentinel_master(const Reply& reply) {
  NamedMaster master;
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    const std::string& name = reply.items[i].text;
    const std::string& value = reply.items[i + 1].text;
    if (name == "ip") master.where.host = value;
    if (name == "port") master.where.port = to_number<std::uint16_t>(value).value_or(0);
    if (name == "config-epoch") master.epoch = to_number<std::uint64_t>(value).value_or(0);
  }
  if (master.where.host.empty() || master.where.port == 0) return std::nullopt;
  return master;
}

std::optional<Redirection> parse_redirection(ByteView error, const Endpoint& from) {
  Redirection redirection;
  if (error.starts_with("MOVED ")) {
    error.remove_prefix(6);
  } else if (error.starts_with("ASK ")) {
    redirection.is_ask = true;
    error.remove_prefix(4);
  } else {
    return std::nullopt;
  }
  const std::size_t space = error.find(' ');
  const std::size_t colon = error.rfind(':');
  if (space == ByteView::npos || colon == ByteView::npos || colon < space) return std::nullopt;
  const ByteView host = error.substr(space + 1, colon - space - 1);
  const auto slot = to_number(error.substr(0, space));
  const auto port = to_number(error.substr(colon + 1));
  if (!slot || !port || !is_slot(*slot) || !is_port(*port) || host == "?") return std::nullopt;
  redirection.slot = *slot;
  redirection.to = {.host = host.empty() ? from.host : std::string(host),
                    .port = static_cast<std::uint16_t>(*port)};
  return redirection;
}

}  // namespace weft::redis
