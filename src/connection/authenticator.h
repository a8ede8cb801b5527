// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/jwt.h"
#include "connection/key_set.h"
#include "connection/role.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"
#include "util/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace weft::connection {

/// Who a session is and what it may do on its canvas.
struct Identity {
  UserId user;
  std::string name;
  std::string color;
  std::string avatar;
  Role role = Role::view;
  /// From this moment on the session needs a new token; nothing in development mode.
  std::optional<WallMs> expires_ms;

  bool operator==(const Identity&) const = default;
};

/// Why nobody was identified, by what the client should do.
enum class AuthErrc {
  /// This server has keys and hello had no token: goodbye 4100 token_invalid.
  token_missing,
  /// The token will never be good here, or not yet: goodbye 4100 token_invalid.
  token_invalid,
  /// The token was good once: goodbye 4101 token_expired.
  token_expired,
  /// A good token, but it gives no role on this canvas: goodbye 4002 not_allowed.
  not_allowed,
};

/// What to say and what to do about it.
struct AuthRefusal {
  AuthErrc code;
  /// A sentence that may go to the log and to the client; it lives for ever and never quotes the
  /// token.
  std::string_view reason;
};

/// Turns what hello brought into an identity. Immutable; any thread may call it.
class Authenticator {
 public:
  /// Everybody is who they say and may edit everything. Only for a server that listens on loopback.
  [[nodiscard]] static Authenticator development();

  explicit Authenticator(KeySet keys);

  [[nodiscard]] bool is_development() const { return !keys_; }

  /// `token` is empty when hello had none; `dev_name` and `client` count in development mode only,
  /// where the token is ignored. The same call serves a fresh token in-band: the caller compares
  /// the user with the session's.
  [[nodiscard]] Result<Identity, AuthRefusal> identify(ByteView token, ByteView dev_name,
                                                       ByteView client, const CanvasId& canvas,
                                                       WallMs now_ms) const;

 private:
  Authenticator() = default;

  std::optional<KeySet> keys_;
};

}  // namespace weft::connection
