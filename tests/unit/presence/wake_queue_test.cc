// SPDX-License-Identifier: Apache-2.0
#include "presence/wake_queue.h"

#include "presence/presence_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weft::presence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart = Instant{} + seconds(1000);

TEST(WakeQueue, GivesTheEarliestFirstAndNobodyTooSoon) {
  WakeQueue queue;
  EXPECT_FALSE(queue.first());
  queue.add({kStart + seconds(2), {1}});
  queue.add({kStart + seconds(1), {2}});
  queue.add({kStart + seconds(1), {1}});
  EXPECT_EQ(queue.first(), kStart + seconds(1));
  EXPECT_FALSE(queue.take(kStart));
  EXPECT_EQ(queue.take(kStart + seconds(9))->actor, ActorId{1});
  EXPECT_EQ(queue.take(kStart + seconds(9))->actor, ActorId{2});
  EXPECT_EQ(queue.take(kStart + seconds(9))->at, kStart + seconds(2));
  EXPECT_FALSE(queue.take(kStart + seconds(9)));
}

TEST(WakeQueue, R10R13EverybodysTimesPassOneByOneAmongThousands) {
  PresenceRoom room({});
  constexpr std::uint64_t kPeople = 3'000;
  for (std::uint64_t i = 0; i < kPeople; ++i) {
    ASSERT_TRUE(room.join({i}, "c" + std::to_string(i), {}, {}, kStart + milliseconds(i)));
  }
  Bytes out;
  room.append_changes(out);
  room.note_lost({0}, kStart + seconds(5));
  room.note_input({1}, kStart + seconds(5));
  Instant last{};
  std::uint64_t wakes = 0;
  while (const auto next = room.next_deadline()) {
    ASSERT_GT(*next, last) << "a deadline does not pass";
    last = *next;
    room.advance(*next);
    ++wakes;
  }
  // A moment for each; two are looked at once more than needed: one has left, one gave input.
  EXPECT_EQ(wakes, kPeople + 2);
  EXPECT_EQ(last, kStart + seconds(65));
  EXPECT_EQ(room.size(), kPeople - 1);
  EXPECT_EQ(room.take_left(), std::vector{ActorId{0}});
}

TEST(WakeQueue, ThoseWhoComeAndGoLeaveNothingBehind) {
  PresenceRoom room({});
  ASSERT_TRUE(room.join({1}, "stays", {}, {}, kStart));
  for (std::uint64_t i = 2; i < 5'000; ++i) {
    ASSERT_TRUE(room.join({i}, "c", {}, {}, kStart + milliseconds(i)));
    room.leave({i}, LeaveReason::left);
  }
  std::uint64_t wakes = 0;
  while (const auto next = room.next_deadline()) {
    room.advance(*next);
    ++wakes;
  }
  EXPECT_LE(wakes, 128U);
}

}  // namespace
}  // namespace weft::presence
