// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/messages.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace weft::cursor {

/// A cell of a grid: its row in the upper half and its column in the lower, so that cells sort row
/// by row. 0 is no cell.
using Cell = std::uint64_t;

[[nodiscard]] constexpr Cell cell_at(std::uint32_t row, std::uint32_t column) {
  return Cell{row} << 32 | column;
}
[[nodiscard]] constexpr std::uint32_t row_of(Cell cell) {
  return static_cast<std::uint32_t>(cell >> 32);
}
[[nodiscard]] constexpr std::uint32_t column_of(Cell cell) {
  return static_cast<std::uint32_t>(cell);
}

/// The cells that a view touches.
struct CellBox {
  std::uint32_t first_row = 0;
  std::uint32_t first_column = 0;
  std::uint32_t last_row = 0;
  std::uint32_t last_column = 0;

  [[nodiscard]] bool holds(Cell cell) const {
    return row_of(cell) >= first_row && row_of(cell) <= last_row &&
           column_of(cell) >= first_column && column_of(cell) <= last_column;
  }
};

/// Square cells over the whole plane; their side is two to the power of `exponent`. What is further
/// out than there are numbers for counts as the outermost cell. Whatever lies inside a view lies in
/// a cell that the view touches, wherever both are.
class Grid {
 public:
  explicit Grid(int exponent) : per_unit_(std::ldexp(1.0, -exponent)) {}

  [[nodiscard]] Cell cell_of(const protocol::Cursor& cursor) const {
    return cell_at(number_of(cursor.y), number_of(cursor.x));
  }
  [[nodiscard]] CellBox box_of(const protocol::Rect& view) const {
    return {number_of(view.y0), number_of(view.x0), number_of(view.y1), number_of(view.x1)};
  }

 private:
  [[nodiscard]] std::uint32_t number_of(float coordinate) const {
    constexpr double kMiddle = 2'147'483'648.0;
    // Exact, since it only moves the exponent; so order is kept.
    const double number = std::floor(static_cast<double>(coordinate) * per_unit_) + kMiddle;
    return static_cast<std::uint32_t>(
        std::clamp(number, 1.0, double{std::numeric_limits<std::uint32_t>::max()}));
  }

  double per_unit_;
};

/// How large the views of a room are, by powers of two.
class ViewSizes {
 public:
  void note(const protocol::Rect& view) {
    const double side = std::max(double{view.x1} - view.x0, double{view.y1} - view.y0);
    ++counts_[static_cast<std::size_t>(std::clamp(std::ilogb(side), kLeast, kMost) - kLeast)];
    ++total_;
  }
  /// The median of the views noted, as the power of two that the longer side reaches; nothing when
  /// none were.
  [[nodiscard]] std::optional<int> median() const {
    if (total_ == 0) return std::nullopt;
    std::uint32_t below = 0;
    int size = kLeast;
    for (const std::uint32_t count : counts_) {
      below += count;
      if (below > total_ / 2) break;
      ++size;
    }
    return size;
  }
  void clear() {
    counts_.fill(0);
    total_ = 0;
  }

 private:
  // Beyond that one unit, or all of them, may as well be one cell.
  static constexpr int kLeast = -16;
  static constexpr int kMost = 111;

  std::array<std::uint32_t, kMost - kLeast + 1> counts_{};
  std::uint32_t total_ = 0;
};

}  // namespace weft::cursor
