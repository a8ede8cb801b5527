// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <optional>
#include <string_view>

namespace weft::connection {

/// What a session may do on its canvas. Ordered: each role may do all that the ones before it may
/// (A20).
enum class Role {
  /// Sees the canvas, everyone's presence and cursors; shows nothing of itself.
  view,
  /// Also shows its own presence and cursor and sends events.
  present,
  /// Also pushes changes to concepts.
  edit,
  /// Also everything that administers the canvas.
  admin,
};

/// The role's name in tokens and in welcome.
[[nodiscard]] constexpr std::string_view name_of(Role role) {
  switch (role) {
    case Role::view:
      return "view";
    case Role::present:
      return "present";
    case Role::edit:
      return "edit";
    case Role::admin:
      return "admin";
  }
  return "view";
}

/// The role of that exact name, or nothing.
[[nodiscard]] constexpr std::optional<Role> parse_role(ByteView name) {
  for (const Role role : {Role::view, Role::present, Role::edit, Role::admin}) {
    if (name == name_of(role)) return role;
  }
  return std::nullopt;
}

}  // namespace weft::connection
