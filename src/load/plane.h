// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/stamp.h"
#include "protocol/messages.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::load {

/// With so many squares to a side every place has whole coordinates below 2^24, which a server
/// keeps.
inline constexpr std::size_t kPlaneMax = 256;

/// Where a person of a run with views lives: the square within which it moves.
struct Square {
  std::uint32_t column = 0;
  std::uint32_t row = 0;

  /// People see their own square and the eight around it.
  [[nodiscard]] bool sees(const Square& other) const {
    const auto near = [](std::uint32_t a, std::uint32_t b) { return a <= b + 1 && b <= a + 1; };
    return near(column, other.column) && near(row, other.row);
  }
  bool operator==(const Square&) const = default;
};

/// A square is 2^16 units wide, so that a place in it has room for 32 bits of a stamp: x holds the
/// low half, y the high one.
inline constexpr unsigned kSquareBits = 16;

/// The square of the so-manieth person of a room, on a plane of `side` × `side` squares.
[[nodiscard]] inline Square home_of(std::size_t index, std::size_t side) {
  return {static_cast<std::uint32_t>(index % side),
          static_cast<std::uint32_t>(index / side % side)};
}

[[nodiscard]] inline protocol::Rect view_from(const Square& home) {
  const auto edge = [](std::int64_t squares) {
    return static_cast<float>(squares * (std::int64_t{1} << kSquareBits));
  };
  const std::int64_t column = home.column;
  const std::int64_t row = home.row;
  return {edge(column - 1), edge(row - 1), edge(column + 2) - 1, edge(row + 2) - 1};
}

[[nodiscard]] inline protocol::Cursor place_in(const Square& home, Stamp stamp) {
  constexpr std::uint64_t kMask = (1U << kSquareBits) - 1;
  return {.hidden = false,
          .x = static_cast<float>(std::uint64_t{home.column} << kSquareBits | (stamp & kMask)),
          .y = static_cast<float>(std::uint64_t{home.row} << kSquareBits |
                                  (stamp >> kSquareBits & kMask))};
}

struct Place {
  Square home;
  Stamp stamp = 0;
};

/// What a place says. Its stamp is the newest that ends in its 32 bits and is not after `now`:
/// right for what is at most an hour old. Nothing for a place that nobody of a run has.
[[nodiscard]] inline std::optional<Place> read_place(const protocol::Cursor& cursor, Stamp now) {
  const std::optional<Stamp> is_whole = to_stamp(cursor);  // the same range of numbers
  if (!is_whole) return std::nullopt;
  const auto x = static_cast<std::uint32_t>(cursor.x);
  const auto y = static_cast<std::uint32_t>(cursor.y);
  const std::uint32_t low = (y << kSquareBits) | (x & ((1U << kSquareBits) - 1));
  const std::uint32_t age = static_cast<std::uint32_t>(now) - low;
  return Place{{x >> kSquareBits, y >> kSquareBits}, now - age};
}

}  // namespace weft::load
