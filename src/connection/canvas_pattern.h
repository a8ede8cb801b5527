// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/role.h"
#include "util/bytes.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace weft::connection {

/// A token names at most this many patterns, so that one hello costs a bounded search (A21).
inline constexpr std::size_t kMaxCanvasPatterns = 256;

/// A pattern is at most as long as the longest canvas id (A21).
inline constexpr std::size_t kMaxCanvasPatternBytes = 128;

/// One entry of the `canvases` claim: this role on every canvas that the pattern matches.
struct CanvasGrant {
  std::string pattern;
  Role role = Role::view;

  bool operator==(const CanvasGrant&) const = default;
};

/// True for 1–128 characters of a canvas id or `*`.
[[nodiscard]] bool is_canvas_pattern(ByteView pattern);

/// True when the whole canvas id fits the pattern; `*` stands for any run of characters, also an
/// empty one. Takes at most pattern × canvas steps, whatever the pattern.
[[nodiscard]] bool matches_canvas(ByteView pattern, ByteView canvas);

/// The highest role among the matching patterns, or nothing when none matches (A22).
[[nodiscard]] std::optional<Role> highest_role(std::span<const CanvasGrant> grants,
                                               ByteView canvas);

}  // namespace weft::connection
