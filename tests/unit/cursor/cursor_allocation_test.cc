// SPDX-License-Identifier: Apache-2.0
#include "cursor/cursor_field.h"
#include "support/count_allocations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cursor {
namespace {

constexpr std::uint64_t kActors = 200;

/// Some beats of a busy room whose sessions have views; leaves every buffer at its full size.
void play(CursorField& field, const std::vector<CursorField::Slot>& slots, Instant& now,
          Bytes& out) {
  const protocol::Rect view{.x0 = 0.25F, .y0 = 0.25F, .x1 = 500.5F, .y1 = 500.5F};
  for (int i = 1; i <= 30; ++i) {
    for (const CursorField::Slot slot : slots) {
      // Fractions that need all bytes of a float.
      const float x = static_cast<float>(slot) * 3.1F + static_cast<float>(i) * 0.7F;
      field.move(slot, {.hidden = (slot + static_cast<unsigned>(i)) % 17 == 0, .x = x, .y = x});
    }
    now += std::chrono::milliseconds(50);
    field.beat(now, 0xFFFFFFFF);
    out.clear();
    (void)field.append_inside(view, out);
    (void)field.covers_all(view);
    (void)field.outside_message();
  }
}

TEST(CursorAllocation, U11MovingAndBeatingAllocateNothing) {
  CursorField field;
  std::vector<CursorField::Slot> slots;
  slots.reserve(kActors);
  for (std::uint64_t i = 0; i < kActors; ++i) {
    slots.push_back(field.add({0xFFFFFFFF00000000 + i}));
  }
  Bytes out;
  out.reserve(65'536);
  Instant now{std::chrono::seconds(1000)};

  const std::size_t before = allocations;
  play(field, slots, now, out);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(field.message().size(), kActors * 10);
}

TEST(CursorAllocation, U11ArrivalsWithinTheRoomsSizeAllocateNothing) {
  CursorField field;
  std::vector<CursorField::Slot> slots;
  slots.reserve(kActors);
  for (std::uint64_t i = 0; i < kActors; ++i) slots.push_back(field.add({i}));

  const std::size_t before = allocations;
  for (std::uint64_t i = 0; i < kActors; ++i) {
    field.remove(slots[i]);
    slots[i] = field.add({kActors + i});
    field.move(slots[i], {.hidden = false, .x = 1, .y = 1});
  }
  EXPECT_EQ(allocations - before, 0U);
}

TEST(CursorAllocation, TheCounterCounts) {
  const std::size_t before = allocations;
  Bytes bytes;
  bytes.reserve(100);
  EXPECT_EQ(allocations - before, 1U);
}

}  // namespace
}  // namespace weft::cursor
