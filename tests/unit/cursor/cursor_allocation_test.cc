// SPDX-License-Identifier: Apache-2.0
#include "cursor/cursor_field.h"
#include "support/count_allocations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cursor {
namespace {

constexpr std::uint64_t kActors = 200;

/// Some beats of a busy room whose sessions have views of their own.
void play(CursorField& field, const std::vector<CursorField::Slot>& slots, Instant& now, Bytes& out,
          int& parts_told) {
  for (int i = 1; i <= 30; ++i) {
    for (const CursorField::Slot slot : slots) {
      // Fractions that need all bytes of a float.
      const float x = static_cast<float>(slot) * 3.1F + static_cast<float>(i) * 0.7F;
      field.move(slot, {.hidden = (slot + static_cast<unsigned>(i)) % 17 == 0, .x = x, .y = x});
    }
    now += std::chrono::milliseconds(50);
    field.beat(now, 0xFFFFFFFF);
    (void)field.outside_message();
    if (!field.has_message()) continue;
    for (const CursorField::Slot slot : slots) {
      const float left = static_cast<float>(slot) * 3.1F;
      const Excerpt excerpt = field.excerpt_for({left, left, left + 100.5F, left + 70.5F});
      if (excerpt.kind != Excerpt::Kind::part) continue;
      ++parts_told;
      out.clear();
      field.append_part(excerpt.part, out);
    }
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

  int parts_told = 0;
  // Views take memory when they are first asked for, as much as the busiest beat needs: that in
  // which everybody jumps back to where the round began.
  play(field, slots, now, out, parts_told);
  play(field, slots, now, out, parts_told);

  const std::size_t before = allocations;
  play(field, slots, now, out, parts_told);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(field.message().size(), kActors * 10);
  EXPECT_GT(parts_told, static_cast<int>(kActors));
}

TEST(CursorAllocation, U11RoomWithoutViewsNeedsNoRoundToSettle) {
  CursorField field;
  std::vector<CursorField::Slot> slots;
  slots.reserve(kActors);
  for (std::uint64_t i = 0; i < kActors; ++i) {
    slots.push_back(field.add({0xFFFFFFFF00000000 + i}));
  }
  Instant now{std::chrono::seconds(1000)};

  const std::size_t before = allocations;
  for (int i = 1; i <= 30; ++i) {
    for (const CursorField::Slot slot : slots) {
      field.move(slot, {.hidden = false, .x = static_cast<float>(i) * 0.7F, .y = 0.3F});
    }
    now += std::chrono::milliseconds(50);
    field.beat(now, 0xFFFFFFFF);
  }
  EXPECT_EQ(allocations - before, 0U);
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
