// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/result.h"

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::connection {

/// A key file is at most this long; a JWKS of kMaxKeys RSA keys fits many times.
inline constexpr std::size_t kMaxKeyFileBytes = 64 * 1024;

/// Enough for rotation; bounds how many signatures one hello can make us check.
inline constexpr std::size_t kMaxKeys = 16;

/// RSA sizes in bits: below is forgeable, above makes verification a way to burn our CPU.
inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMaxRsaBits = 8192;

/// An HS256 secret from a plain text file has at least as many bytes as the hash (RFC 7518
/// section 3.2).
inline constexpr std::size_t kMinSecretBytes = 32;

/// A key's `kid` is at most this long.
inline constexpr std::size_t kMaxKeyIdBytes = 128;

/// The signature algorithms that a key can be bound to. There is no `none`.
enum class Algorithm {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  eddsa
};

/// The algorithm's `alg` name.
[[nodiscard]] std::string_view name_of(Algorithm algorithm);

/// The algorithm of exactly that `alg` name (names are case-sensitive), or nothing.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(ByteView name);

struct EvpKeyDeleter {
  void operator()(EVP_PKEY* key) const;
};
using EvpKey = std::unique_ptr<EVP_PKEY, EvpKeyDeleter>;

/// One key, good for exactly one algorithm (A8).
struct Key {
  Algorithm algorithm;
  /// The JWK's `kid`; empty when it has none and for secrets and PEM.
  std::string id;
  /// Never null. OpenSSL lets any number of threads verify with it.
  EvpKey evp;
  /// True for secrets and private keys.
  bool can_sign = false;
};

/// Why a key file was refused. Each is found at start; none comes from a client.
enum class KeyErrc {
  /// There is nothing in the file.
  empty_file,
  /// The file is longer than kMaxKeyFileBytes.
  file_too_large,
  /// The file is neither PEM nor JSON nor plain text: binary, a byte order mark, several lines.
  not_text,
  /// A secret has fewer bytes than its hash.
  secret_too_short,
  /// The text would be taken for a secret but is a public key in another wrapping; whoever knows it
  /// could mint tokens.
  secret_is_public_key,
  /// The file says -----BEGIN but is not well-formed PEM.
  bad_pem,
  /// A private key is encrypted; we have nobody to ask for its password.
  encrypted_pem,
  /// The file holds a certificate; we want the public key in it.
  certificate,
  /// A kind of key, curve, algorithm or use that is not accepted.
  unsupported_key,
  /// RSA with fewer than kMinRsaBits.
  rsa_too_small,
  /// RSA with more than kMaxRsaBits.
  rsa_too_large,
  /// The numbers do not make a valid key: a point off the curve, halves that do not belong
  /// together.
  invalid_key,
  /// The file begins like JSON but is not one JSON object, or has a key twice.
  bad_json,
  /// A JWK lacks a member, or one has the wrong type or length.
  bad_jwk,
  /// A JWK's `alg` does not go with its `kty` and `crv`.
  algorithm_mismatch,
  /// A JWKS in which no key can be used.
  no_usable_key,
  /// More than kMaxKeys.
  too_many_keys,
};

/// A sentence for the operator: what is wrong and what would be right.
[[nodiscard]] std::string_view explain(KeyErrc errc);

/// The keys that tokens are verified with. Immutable; any thread may read it.
class KeySet {
 public:
  /// Reads the bytes of a key file: a text secret, PEM (public or private, one or more), a JWK, or
  /// a JWKS (A7–A13).
  [[nodiscard]] static Result<KeySet, KeyErrc> parse(ByteView file);

  [[nodiscard]] std::span<const Key> keys() const { return keys_; }

  /// The first key that can sign, or null. Lives as long as the set.
  [[nodiscard]] const Key* signing_key() const;

  /// How many keys of a JWKS were passed over because they are of no use here: encryption keys,
  /// other curves.
  [[nodiscard]] std::size_t ignored_keys() const { return ignored_keys_; }

 private:
  KeySet() = default;

  std::vector<Key> keys_;  // 1–kMaxKeys
  std::size_t ignored_keys_ = 0;
};

}  // namespace weft::connection
