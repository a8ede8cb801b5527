// SPDX-License-Identifier: Apache-2.0
#include "connection/canvas_pattern.h"

#include <algorithm>

namespace weft::connection {

namespace {

bool is_pattern_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         ByteView("._~:-*").find(c) != ByteView::npos;
}

}  // namespace

bool is_canvas_pattern(ByteView pattern) {
  return !pattern.empty() && pattern.size() <= kMaxCanvasPatternBytes &&
         std::ranges::all_of(pattern, is_pattern_character);
}

bool matches_canvas(ByteView pattern, ByteView canvas) {
  std::size_t p = 0;
  std::size_t c = 0;
  // After a mismatch only the latest star can grow: growing an earlier one could not reach further.
  std::size_t star = ByteView::npos;
  std::size_t star_run_end = 0;
  while (c < canvas.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_run_end = c;
    } else if (p < pattern.size() && pattern[p] == canvas[c]) {
      ++p;
      ++c;
    } else if (star != ByteView::npos) {
      p = star + 1;
      c = ++star_run_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == ByteView::npos;
}

std::optional<Role> highest_role(std::span<const CanvasGrant> grants, ByteView canvas) {
  std::optional<Role> highest;
  for (const CanvasGrant& grant : grants) {
    // An empty optional is less than every role.
    if (highest < grant.role && matches_canvas(grant.pattern, canvas)) highest = grant.role;
  }
  return highest;
}

}  // namespace weft::connection
