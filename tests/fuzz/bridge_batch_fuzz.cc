// SPDX-License-Identifier: Apache-2.0
// Whatever another instance publishes: it is a batch or it is refused (I7); what is in it can be
// written again and read as the same, and presence takes it or leaves it.
#include "router/bridge_batch.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace {

using namespace weft;

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", rule);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  router::BridgeBatch batch;
  if (!decode_bridge_batch(ByteView(reinterpret_cast<const char*>(data), size), batch)) return 0;
  router::BridgeWriter writer;
  for (const auto& one : batch.cursors) writer.add_cursor(one.actor, one.cursor);
  for (const auto& one : batch.people) writer.add_person(one);
  for (const auto& one : batch.farewells) writer.add_farewell(one);
  for (const auto& one : batch.events) writer.add_event(one.actor, one.name, one.payload);
  for (const auto& one : batch.named) writer.add_name(one);
  std::vector<Bytes> pieces;
  writer.hand_over(batch.is_full, [&pieces](Bytes piece) { pieces.push_back(std::move(piece)); });
  router::BridgeBatch copy;
  std::size_t people = 0;
  std::size_t events = 0;
  for (const Bytes& piece : pieces) {
    require(decode_bridge_batch(piece, copy), "what was read can be written");
    people += copy.people.size();
    events += copy.events.size();
  }
  require(copy.is_full == batch.is_full && copy.cursors.size() == batch.cursors.size() &&
              copy.named.size() >= batch.named.size() && people == batch.people.size() &&
              copy.farewells.size() == batch.farewells.size() && events == batch.events.size(),
          "and is the same");

  presence::PresenceRoom room({}, {1});
  std::vector<presence::Ousted> ousted;
  for (const auto& one : batch.people) static_cast<void>(room.hear({2}, one, {}, ousted));
  for (const auto& one : batch.farewells) room.hear_farewell({2}, one, {});
  Bytes out;
  if (room.has_changes()) room.append_changes(out);
  room.append_everyone(out);
  require(ousted.empty(), "nobody of one's own was there");
  return 0;
}
