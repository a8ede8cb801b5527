// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/canvas_pattern.h"
#include "connection/key_set.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"
#include "util/time.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::connection {

/// A token is at most this long; half of what a message may have before its token is verified.
inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;

/// How far the issuer's clock may be ahead of ours before `nbf` refuses a fresh token. `exp` has no
/// leeway.
inline constexpr WallMs kNotBeforeLeewayMs = 30'000;

/// The claims' own bounds.
inline constexpr std::size_t kMaxUserIdBytes = 128;
inline constexpr std::size_t kMaxNameCharacters = 64;
inline constexpr std::size_t kMaxColorBytes = 64;
inline constexpr std::size_t kMaxAvatarBytes = 2048;

/// What a verified token says.
struct Claims {
  UserId user;         // `sub`
  std::string name;    // empty when the token has none
  std::string color;   // empty when the token has none
  std::string avatar;  // empty when the token has none
  std::vector<CanvasGrant> canvases;
  WallMs expires_ms = 0;                // `exp`: from this moment on the token is no good
  std::optional<WallMs> not_before_ms;  // `nbf`

  bool operator==(const Claims&) const = default;
};

/// Why a token was refused. Everything but `expired` and `not_yet_valid` means that it will never
/// be good here.
enum class JwtErrc {
  /// Longer than kMaxTokenBytes.
  too_large,
  /// Not three parts between two dots.
  not_three_segments,
  /// A part is not strict base64url.
  bad_base64url,
  /// The header is not one JSON object with a text `alg`, or its `kid` is not a text.
  bad_header,
  /// The header has `crit`; we know no critical extension.
  critical_header,
  /// No key is bound to the header's `alg`; so always for `none`.
  algorithm_not_accepted,
  /// No key of that `alg` has the header's `kid`.
  unknown_key,
  /// No candidate key made this signature over these bytes, or it has the wrong length.
  bad_signature,
  /// The payload is not one JSON object.
  bad_payload,
  /// `sub` is missing, empty, too long or not plain text.
  bad_subject,
  /// There is no `exp`.
  missing_expiry,
  /// `exp` is not a number of seconds from 0 to 2^53.
  bad_expiry,
  /// `nbf` is not a number of seconds from 0 to 2^53.
  bad_not_before,
  /// `name`, `color` or `avatar` is not plain text or too long.
  bad_profile,
  /// `canvases` is missing or not a map of at most 256 patterns to roles.
  bad_canvases,
  /// `exp` has come. A new token helps.
  expired,
  /// `nbf` is more than kNotBeforeLeewayMs away.
  not_yet_valid,
};

/// A sentence for the log and for the client; it never quotes the token.
[[nodiscard]] std::string_view explain(JwtErrc errc);

/// Checks form, signature, claims and time, in this order; the first that fails is the error. Keeps
/// nothing of the token's bytes. Any thread may call it.
[[nodiscard]] Result<Claims, JwtErrc> verify_jwt(ByteView token, const KeySet& keys, WallMs now_ms);

/// Why a token could not be made.
enum class MintErrc {
  /// The key is a public one.
  key_cannot_sign,
  /// verify_jwt would refuse these claims.
  bad_claims,
  /// Longer than kMaxTokenBytes.
  too_large,
  /// OpenSSL could not sign.
  signing_failed,
};

/// A sentence for the person who runs `weft token`.
[[nodiscard]] std::string_view explain(MintErrc errc);

/// A token that verify_jwt accepts with this key while its time lasts.
[[nodiscard]] Result<std::string, MintErrc> mint_jwt(const Claims& claims, const Key& key);

}  // namespace weft::connection
