// SPDX-License-Identifier: Apache-2.0
#include "connection/authenticator.h"

#include "connection/canvas_pattern.h"
#include "connection/plain_text.h"

#include <utility>

namespace weft::connection {

namespace {

constexpr std::string_view kGuestName = "Guest";

/// Keeps development users apart from each other and from every `sub` in the logs.
constexpr std::string_view kAnonymousPrefix = "anon:";

Identity development_identity(ByteView name, ByteView client) {
  Identity identity;
  identity.user.append(kAnonymousPrefix).append(client);
  identity.name = tidy_name(name, kMaxNameCharacters);
  if (identity.name.empty()) identity.name = kGuestName;
  identity.role = Role::edit;
  return identity;
}

}  // namespace

Authenticator Authenticator::development() {
  return {};
}

Authenticator::Authenticator(KeySet keys) : keys_(std::move(keys)) {}

Result<Identity, AuthRefusal> Authenticator::identify(ByteView token, ByteView dev_name,
                                                      ByteView client, const CanvasId& canvas,
                                                      WallMs now_ms) const {
  if (is_development()) return development_identity(dev_name, client);
  if (token.empty()) {
    return Failure(AuthRefusal{AuthErrc::token_missing, "This server needs a token."});
  }

  Result<Claims, JwtErrc> claims = verify_jwt(token, *keys_, now_ms);
  if (!claims) {
    const bool has_expired = claims.error() == JwtErrc::expired;
    return Failure(AuthRefusal{has_expired ? AuthErrc::token_expired : AuthErrc::token_invalid,
                               explain(claims.error())});
  }
  const std::optional<Role> role = highest_role(claims->canvases, canvas);
  if (!role) {
    return Failure(AuthRefusal{AuthErrc::not_allowed, "The token gives no role on this canvas."});
  }
  return Identity{std::move(claims->user),
                  std::move(claims->name),
                  std::move(claims->color),
                  std::move(claims->avatar),
                  *role,
                  claims->expires_ms};
}

}  // namespace weft::connection
