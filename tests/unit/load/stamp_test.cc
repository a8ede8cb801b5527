// SPDX-License-Identifier: Apache-2.0
#include "load/stamp.h"

#include "protocol/client_writer.h"
#include "protocol/messages.h"
#include "protocol/server_reader.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace weft::load {
namespace {

/// The way of a position: written by us, read and written by a server, read by us.
std::optional<Stamp> travelled(Stamp stamp) {
  Bytes sent;
  protocol::append_cursor(sent, to_cursor(stamp));
  protocol::MessageReader server(sent);
  const auto message = server.next();
  if (!message) return std::nullopt;
  Bytes told;
  protocol::append_cursors_head(told, 0, 1);
  protocol::append_cursor_entry(told, ActorId{1}, std::get<protocol::Cursor>(*message));
  std::vector<protocol::CursorEntry> entries;
  protocol::ServerMessageReader client(told, entries);
  if (!client.next() || entries.size() != 1) return std::nullopt;
  return to_stamp(entries[0].cursor);
}

TEST(Stamp, ComesOutOfAServerAsItWentIn) {
  const Stamp most = (std::uint64_t{1} << 2 * kStampLowBits) - 1;
  for (const Stamp stamp : {Stamp{0}, Stamp{1}, kStampLowMask, kStampLowMask + 1, most}) {
    EXPECT_EQ(travelled(stamp), stamp);
  }
  for (Stamp stamp = 3; stamp < most; stamp = stamp * 5 / 2 + 1) {
    EXPECT_EQ(travelled(stamp), stamp);
  }
}

TEST(Stamp, AnHourTakesNoMoreBytesThanAPositionOfAPointer) {
  Bytes pointer;
  protocol::append_cursor(pointer, {.hidden = false, .x = 1200, .y = 700});
  Bytes stamped;
  protocol::append_cursor(stamped, to_cursor(30 * 60 * 1'000'000ULL));
  EXPECT_EQ(stamped.size(), pointer.size());
}

TEST(Stamp, OtherPositionsAreNone) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float wrong :
       {-1.0F, 16'777'216.0F, 3e9F, infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_FALSE(to_stamp({.hidden = false, .x = wrong, .y = 0}));
    EXPECT_FALSE(to_stamp({.hidden = false, .x = 0, .y = wrong}));
  }
  EXPECT_FALSE(to_stamp({.hidden = true, .x = 0, .y = 0}));
}

}  // namespace
}  // namespace weft::load
