// SPDX-License-Identifier: Apache-2.0
#include "connection/jwt.h"

#include "connection/base64url.h"
#include "connection/openssl_handles.h"
#include "connection/plain_text.h"
#include "connection/strict_json.h"

#include <nlohmann/json.hpp>
#include <openssl/rsa.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace weft::connection {

using nlohmann::json;

namespace {

// Signatures (RFC 7518 section 3, RFC 8037 section 3.1)

const unsigned char* unsigned_bytes(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* unsigned_bytes(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// ES256 signatures are r and s of this many bytes each, not the DER that OpenSSL speaks.
constexpr std::size_t kP256ScalarBytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;

enum class Scheme { hmac, rsa_pkcs1, rsa_pss, ecdsa_p256, ed25519 };

struct SignatureMethod {
  Scheme scheme;
  const EVP_MD* digest;  // null for Ed25519, which hashes itself
};

SignatureMethod method_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
      return {Scheme::hmac, EVP_sha256()};
    case Algorithm::hs384:
      return {Scheme::hmac, EVP_sha384()};
    case Algorithm::hs512:
      return {Scheme::hmac, EVP_sha512()};
    case Algorithm::rs256:
      return {Scheme::rsa_pkcs1, EVP_sha256()};
    case Algorithm::rs384:
      return {Scheme::rsa_pkcs1, EVP_sha384()};
    case Algorithm::rs512:
      return {Scheme::rsa_pkcs1, EVP_sha512()};
    case Algorithm::ps256:
      return {Scheme::rsa_pss, EVP_sha256()};
    case Algorithm::ps384:
      return {Scheme::rsa_pss, EVP_sha384()};
    case Algorithm::ps512:
      return {Scheme::rsa_pss, EVP_sha512()};
    case Algorithm::es256:
      return {Scheme::ecdsa_p256, EVP_sha256()};
    case Algorithm::eddsa:
      return {Scheme::ed25519, nullptr};
  }
  std::unreachable();
}

/// The one length that a signature of this key has.
std::size_t signature_bytes(const Key& key, const SignatureMethod& method) {
  switch (method.scheme) {
    case Scheme::hmac:
      return static_cast<std::size_t>(EVP_MD_get_size(method.digest));
    case Scheme::rsa_pkcs1:
    case Scheme::rsa_pss:
      return static_cast<std::size_t>(EVP_PKEY_get_size(key.evp.get()));
    case Scheme::ecdsa_p256:
      return 2 * kP256ScalarBytes;
    case Scheme::ed25519:
      return kEd25519SignatureBytes;
  }
  std::unreachable();
}

bool set_padding(EVP_PKEY_CTX* context, Scheme scheme) {
  if (scheme == Scheme::rsa_pkcs1) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  }
  if (scheme == Scheme::rsa_pss) {
    // MGF1 takes the message's digest unless told otherwise, as RFC 7518 section 3.5 wants it.
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  return true;
}

/// What OpenSSL makes of these bytes: for ECDSA a DER signature, for the others the signature
/// itself.
std::optional<Bytes> sign_with_openssl(const Key& key, const SignatureMethod& method,
                                       ByteView message) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // belongs to context
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), &key_context, method.digest, nullptr, key.evp.get()) != 1 ||
      !set_padding(key_context, method.scheme) ||
      EVP_DigestSign(context.get(), nullptr, &size, unsigned_bytes(message), message.size()) != 1) {
    return std::nullopt;
  }
  Bytes signature(size, '\0');
  if (EVP_DigestSign(context.get(), unsigned_bytes(signature), &size, unsigned_bytes(message),
                     message.size()) != 1) {
    return std::nullopt;
  }
  signature.resize(size);
  return signature;
}

bool verify_with_openssl(const Key& key, const SignatureMethod& method, ByteView message,
                         ByteView signature) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // belongs to context
  return context &&
         EVP_DigestVerifyInit(context.get(), &key_context, method.digest, nullptr, key.evp.get()) ==
             1 &&
         set_padding(key_context, method.scheme) &&
         EVP_DigestVerify(context.get(), unsigned_bytes(signature), signature.size(),
                          unsigned_bytes(message), message.size()) == 1;
}

/// Requires: raw has 2 * kP256ScalarBytes bytes.
std::optional<Bytes> der_from_raw_ecdsa(ByteView raw) {
  const EcdsaSignature signature(ECDSA_SIG_new());
  BignumHandle r(BN_bin2bn(unsigned_bytes(raw), kP256ScalarBytes, nullptr));
  BignumHandle s(
      BN_bin2bn(unsigned_bytes(raw.substr(kP256ScalarBytes)), kP256ScalarBytes, nullptr));
  if (!signature || !r || !s) return std::nullopt;
  // Takes both numbers and cannot fail with two. OpenSSL refuses zero and numbers not below the
  // order when it verifies.
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &encoded);
  const OpensslBytes<unsigned char> owned(encoded);
  if (size <= 0) return std::nullopt;
  return Bytes(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
}

std::optional<Bytes> raw_from_der_ecdsa(ByteView der) {
  const unsigned char* cursor = unsigned_bytes(der);
  const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  if (!signature) return std::nullopt;
  Bytes raw(2 * kP256ScalarBytes, '\0');
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), unsigned_bytes(raw), kP256ScalarBytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), unsigned_bytes(raw) + kP256ScalarBytes,
                   kP256ScalarBytes) < 0) {
    return std::nullopt;
  }
  return raw;
}

bool is_signature_of(const Key& key, ByteView message, ByteView signature) {
  const SignatureMethod method = method_of(key.algorithm);
  if (signature.size() != signature_bytes(key, method)) return false;
  switch (method.scheme) {
    case Scheme::hmac: {
      const std::optional<Bytes> expected = sign_with_openssl(key, method, message);
      return expected && expected->size() == signature.size() &&
             CRYPTO_memcmp(expected->data(), signature.data(), signature.size()) == 0;
    }
    case Scheme::ecdsa_p256: {
      const std::optional<Bytes> der = der_from_raw_ecdsa(signature);
      return der && verify_with_openssl(key, method, message, *der);
    }
    case Scheme::rsa_pkcs1:
    case Scheme::rsa_pss:
    case Scheme::ed25519:
      return verify_with_openssl(key, method, message, signature);
  }
  std::unreachable();
}

std::optional<Bytes> sign(const Key& key, ByteView message) {
  const SignatureMethod method = method_of(key.algorithm);
  std::optional<Bytes> signature = sign_with_openssl(key, method, message);
  if (signature && method.scheme == Scheme::ecdsa_p256) signature = raw_from_der_ecdsa(*signature);
  return signature;
}

// Form: segments and header (RFC 7515)

struct Segments {
  ByteView header;
  ByteView payload;
  ByteView signature;
  /// Header, dot and payload as they came: what the signature is over.
  ByteView signed_part;
};

std::optional<Segments> split(ByteView token) {
  const std::size_t first_dot = token.find('.');
  if (first_dot == ByteView::npos) return std::nullopt;
  const std::size_t second_dot = token.find('.', first_dot + 1);
  if (second_dot == ByteView::npos || token.find('.', second_dot + 1) != ByteView::npos) {
    return std::nullopt;
  }
  return Segments{token.substr(0, first_dot),
                  token.substr(first_dot + 1, second_dot - first_dot - 1),
                  token.substr(second_dot + 1), token.substr(0, second_dot)};
}

struct Header {
  std::string algorithm;
  std::string key_id;  // empty when the token names none
};

Result<Header, JwtErrc> read_header(ByteView bytes) {
  const std::optional<json> object = parse_strict_object(bytes);
  if (!object) return Failure(JwtErrc::bad_header);
  // `typ` and all other members are for applications; we act on none of them, so we read none of
  // them.
  if (object->contains("crit")) return Failure(JwtErrc::critical_header);

  const auto algorithm = object->find("alg");
  if (algorithm == object->end() || !algorithm->is_string()) return Failure(JwtErrc::bad_header);
  Header header{algorithm->get<std::string>(), {}};
  if (const auto key_id = object->find("kid"); key_id != object->end()) {
    if (!key_id->is_string()) return Failure(JwtErrc::bad_header);
    header.key_id = key_id->get<std::string>();
  }
  return header;
}

/// Nothing when one of the keys that the header may mean made the signature.
std::optional<JwtErrc> check_signature(const Header& header, const Segments& segments,
                                       ByteView signature, const KeySet& keys) {
  const std::optional<Algorithm> algorithm = parse_algorithm(header.algorithm);
  JwtErrc errc = JwtErrc::algorithm_not_accepted;
  for (const Key& key : keys.keys()) {
    if (key.algorithm != algorithm) continue;
    if (errc == JwtErrc::algorithm_not_accepted) errc = JwtErrc::unknown_key;
    // A key without an id goes with every kid: PEM and secrets cannot carry one.
    if (!header.key_id.empty() && !key.id.empty() && header.key_id != key.id) continue;
    if (is_signature_of(key, segments.signed_part, signature)) return std::nullopt;
    errc = JwtErrc::bad_signature;
  }
  return errc;
}

// Claims (RFC 7519 section 4.1 and our own)

/// Up to here every whole number of seconds is exact in JSON, and milliseconds fit WallMs.
constexpr std::uint64_t kMaxSeconds = std::uint64_t{1} << 53;
constexpr WallMs kMsPerSecond = 1000;

/// Milliseconds, to the nearest, of a JSON number of seconds from 0 to kMaxSeconds.
std::optional<WallMs> read_seconds(const json& value) {
  if (value.is_number_unsigned()) {
    const auto seconds = value.get<std::uint64_t>();
    if (seconds > kMaxSeconds) return std::nullopt;
    return static_cast<WallMs>(seconds) * kMsPerSecond;
  }
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.get<double>();
  if (!(seconds >= 0.0 && seconds <= static_cast<double>(kMaxSeconds))) return std::nullopt;
  return std::llround(seconds * static_cast<double>(kMsPerSecond));
}

/// False when the claim is there but is not plain text within both bounds.
bool read_optional_text(const json& payload, const char* claim, std::size_t max_characters,
                        std::size_t max_bytes, std::string& out) {
  const auto value = payload.find(claim);
  if (value == payload.end()) return true;
  if (!value->is_string()) return false;
  out = value->get<std::string>();
  const std::optional<std::size_t> characters = count_plain_characters(out);
  return characters && *characters <= max_characters && out.size() <= max_bytes;
}

bool read_subject(const json& payload, UserId& out) {
  return payload.contains("sub") &&
         read_optional_text(payload, "sub", kMaxUserIdBytes, kMaxUserIdBytes, out) && !out.empty();
}

bool read_canvases(const json& payload, std::vector<CanvasGrant>& out) {
  const auto canvases = payload.find("canvases");
  if (canvases == payload.end() || !canvases->is_object() ||
      canvases->size() > kMaxCanvasPatterns) {
    return false;
  }
  for (const auto& [pattern, role_name] : canvases->items()) {
    if (!is_canvas_pattern(pattern) || !role_name.is_string()) return false;
    const std::optional<Role> role = parse_role(role_name.get_ref<const std::string&>());
    if (!role) return false;
    out.push_back({pattern, *role});
  }
  return true;
}

Result<Claims, JwtErrc> read_claims(const json& payload) {
  Claims claims;
  if (!read_subject(payload, claims.user)) return Failure(JwtErrc::bad_subject);

  const auto expiry = payload.find("exp");
  if (expiry == payload.end()) return Failure(JwtErrc::missing_expiry);
  const std::optional<WallMs> expires_ms = read_seconds(*expiry);
  if (!expires_ms) return Failure(JwtErrc::bad_expiry);
  claims.expires_ms = *expires_ms;

  if (const auto not_before = payload.find("nbf"); not_before != payload.end()) {
    claims.not_before_ms = read_seconds(*not_before);
    if (!claims.not_before_ms) return Failure(JwtErrc::bad_not_before);
  }
  constexpr std::size_t kMaxNameBytes = 4 * kMaxNameCharacters;
  if (!read_optional_text(payload, "name", kMaxNameCharacters, kMaxNameBytes, claims.name) ||
      !read_optional_text(payload, "color", kMaxColorBytes, kMaxColorBytes, claims.color) ||
      !read_optional_text(payload, "avatar", kMaxAvatarBytes, kMaxAvatarBytes, claims.avatar)) {
    return Failure(JwtErrc::bad_profile);
  }
  if (!read_canvases(payload, claims.canvases)) return Failure(JwtErrc::bad_canvases);
  return claims;
}

json seconds_from_ms(WallMs ms) {
  if (ms % kMsPerSecond == 0) return ms / kMsPerSecond;
  return static_cast<double>(ms) / static_cast<double>(kMsPerSecond);
}

/// Nothing when verify_jwt would refuse what these claims say.
std::optional<json> payload_from_claims(const Claims& claims) {
  json payload = json::object();
  payload["sub"] = claims.user;
  payload["exp"] = seconds_from_ms(claims.expires_ms);
  if (claims.not_before_ms) payload["nbf"] = seconds_from_ms(*claims.not_before_ms);
  if (!claims.name.empty()) payload["name"] = claims.name;
  if (!claims.color.empty()) payload["color"] = claims.color;
  if (!claims.avatar.empty()) payload["avatar"] = claims.avatar;
  payload["canvases"] = json::object();
  for (const CanvasGrant& grant : claims.canvases) {
    if (!payload["canvases"].emplace(grant.pattern, name_of(grant.role)).second)
      return std::nullopt;
  }
  if (!read_claims(payload)) return std::nullopt;
  return payload;
}

}  // namespace

std::string_view explain(JwtErrc errc) {
  switch (errc) {
    case JwtErrc::too_large:
      return "The token is longer than 8 KiB.";
    case JwtErrc::not_three_segments:
      return "The token does not have three parts between two dots.";
    case JwtErrc::bad_base64url:
      return "A part of the token is not base64url without padding.";
    case JwtErrc::bad_header:
      return "The token's header is not a JSON object with a text 'alg'.";
    case JwtErrc::critical_header:
      return "The token's header has 'crit', which is not supported.";
    case JwtErrc::algorithm_not_accepted:
      return "The token's 'alg' is not the algorithm of any key of this server.";
    case JwtErrc::unknown_key:
      return "The token's 'kid' names no key of this server.";
    case JwtErrc::bad_signature:
      return "The token's signature is not right for any key that it may name.";
    case JwtErrc::bad_payload:
      return "The token's payload is not a JSON object without repeated names.";
    case JwtErrc::bad_subject:
      return "The token's 'sub' must be a text of 1 to 128 bytes without control characters.";
    case JwtErrc::missing_expiry:
      return "The token has no 'exp'.";
    case JwtErrc::bad_expiry:
      return "The token's 'exp' must be a number of seconds since 1970.";
    case JwtErrc::bad_not_before:
      return "The token's 'nbf' must be a number of seconds since 1970.";
    case JwtErrc::bad_profile:
      return "The token's 'name', 'color' or 'avatar' is not a text or is too long.";
    case JwtErrc::bad_canvases:
      return "The token's 'canvases' must be a map of at most 256 canvas patterns to view, "
             "present, edit or admin.";
    case JwtErrc::expired:
      return "The token has expired.";
    case JwtErrc::not_yet_valid:
      return "The token is not valid yet; compare the clocks of its issuer and this server.";
  }
  return "The token was refused.";
}

std::string_view explain(MintErrc errc) {
  switch (errc) {
    case MintErrc::key_cannot_sign:
      return "The key file holds only public keys; minting needs the secret or the private key.";
    case MintErrc::bad_claims:
      return "The server would refuse these claims: check the user id, the expiry, the profile and "
             "the canvas "
             "patterns.";
    case MintErrc::too_large:
      return "The token would be longer than 8 KiB.";
    case MintErrc::signing_failed:
      return "OpenSSL could not sign with this key.";
  }
  return "The token could not be made.";
}

Result<Claims, JwtErrc> verify_jwt(ByteView token, const KeySet& keys, WallMs now_ms) {
  const OpensslErrorScope error_scope;
  if (token.size() > kMaxTokenBytes) return Failure(JwtErrc::too_large);
  const std::optional<Segments> segments = split(token);
  if (!segments) return Failure(JwtErrc::not_three_segments);
  const std::optional<Bytes> header_bytes = decode_base64url(segments->header);
  const std::optional<Bytes> payload_bytes = decode_base64url(segments->payload);
  const std::optional<Bytes> signature = decode_base64url(segments->signature);
  if (!header_bytes || !payload_bytes || !signature) return Failure(JwtErrc::bad_base64url);

  const Result<Header, JwtErrc> header = read_header(*header_bytes);
  if (!header) return Failure(header.error());
  if (const std::optional<JwtErrc> errc = check_signature(*header, *segments, *signature, keys)) {
    return Failure(*errc);
  }

  // Nothing of the payload is looked at before its signature is known to be good.
  const std::optional<json> payload = parse_strict_object(*payload_bytes);
  if (!payload) return Failure(JwtErrc::bad_payload);
  Result<Claims, JwtErrc> claims = read_claims(*payload);
  if (!claims) return claims;
  if (now_ms >= claims->expires_ms) return Failure(JwtErrc::expired);
  if (claims->not_before_ms && now_ms < *claims->not_before_ms - kNotBeforeLeewayMs) {
    return Failure(JwtErrc::not_yet_valid);
  }
  return claims;
}

Result<std::string, MintErrc> mint_jwt(const Claims& claims, const Key& key) {
  const OpensslErrorScope error_scope;
  if (!key.can_sign) return Failure(MintErrc::key_cannot_sign);
  const std::optional<json> payload = payload_from_claims(claims);
  if (!payload) return Failure(MintErrc::bad_claims);
  json header = {{"alg", name_of(key.algorithm)}, {"typ", "JWT"}};
  if (!key.id.empty()) header["kid"] = key.id;

  std::string token = encode_base64url(header.dump()) + '.' + encode_base64url(payload->dump());
  const std::optional<Bytes> signature = sign(key, token);
  if (!signature) return Failure(MintErrc::signing_failed);
  token += '.' + encode_base64url(*signature);
  if (token.size() > kMaxTokenBytes) return Failure(MintErrc::too_large);
  return token;
}

}  // namespace weft::connection
