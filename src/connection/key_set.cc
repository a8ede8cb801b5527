// SPDX-License-Identifier: Apache-2.0
#include "connection/key_set.h"

#include "connection/base64url.h"
#include "connection/openssl_handles.h"
#include "connection/plain_text.h"
#include "connection/strict_json.h"

#include <nlohmann/json.hpp>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace weft::connection {

using nlohmann::json;

namespace {

/// What a key is mathematically; each algorithm needs one kind.
enum class KeyKind { secret, rsa, p256, ed25519 };

struct AlgorithmRow {
  Algorithm algorithm;
  std::string_view name;
  KeyKind kind;
  std::size_t min_secret_bytes;
};

/// The first row of a kind is what a key of that kind means when nothing else is said.
constexpr std::array<AlgorithmRow, 11> kAlgorithms{{
    {Algorithm::hs256, "HS256", KeyKind::secret, kMinSecretBytes},
    {Algorithm::hs384, "HS384", KeyKind::secret, 48},
    {Algorithm::hs512, "HS512", KeyKind::secret, 64},
    {Algorithm::rs256, "RS256", KeyKind::rsa, 0},
    {Algorithm::rs384, "RS384", KeyKind::rsa, 0},
    {Algorithm::rs512, "RS512", KeyKind::rsa, 0},
    {Algorithm::ps256, "PS256", KeyKind::rsa, 0},
    {Algorithm::ps384, "PS384", KeyKind::rsa, 0},
    {Algorithm::ps512, "PS512", KeyKind::rsa, 0},
    {Algorithm::es256, "ES256", KeyKind::p256, 0},
    {Algorithm::eddsa, "EdDSA", KeyKind::ed25519, 0},
}};

const AlgorithmRow& row_of(Algorithm algorithm) {
  return *std::ranges::find(kAlgorithms, algorithm, &AlgorithmRow::algorithm);
}

const AlgorithmRow& default_row_of(KeyKind kind) {
  return *std::ranges::find(kAlgorithms, kind, &AlgorithmRow::kind);
}

const unsigned char* unsigned_bytes(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr std::size_t kP256CoordinateBytes = 32;
constexpr std::size_t kEd25519KeyBytes = 32;
constexpr const char* kP256Group = "prime256v1";

// Keys of every source pass these checks.

Result<KeyKind, KeyErrc> kind_of(const EVP_PKEY* evp) {
  if (EVP_PKEY_is_a(evp, "RSA") == 1) return KeyKind::rsa;
  if (EVP_PKEY_is_a(evp, "ED25519") == 1) return KeyKind::ed25519;
  if (EVP_PKEY_is_a(evp, "EC") == 1) {
    std::array<char, 80> group{};
    std::size_t group_size = 0;
    if (EVP_PKEY_get_group_name(evp, group.data(), group.size(), &group_size) == 1 &&
        std::string_view(group.data(), group_size) == kP256Group) {
      return KeyKind::p256;
    }
  }
  return Failure(KeyErrc::unsupported_key);
}

bool is_sound(EVP_PKEY* evp, KeyKind kind, bool is_private) {
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, evp, nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) return false;
  // An Ed25519 public half is computed from the private one, so the two always belong together.
  return !is_private || kind == KeyKind::ed25519 || EVP_PKEY_pairwise_check(context.get()) == 1;
}

/// Requires: evp came from a PEM block or a JWK and is not a secret.
Result<Key, KeyErrc> checked_key(EvpKey evp, bool is_private) {
  const Result<KeyKind, KeyErrc> kind = kind_of(evp.get());
  if (!kind) return Failure(kind.error());
  if (*kind == KeyKind::rsa) {
    const int bits = EVP_PKEY_get_bits(evp.get());
    if (bits < kMinRsaBits) return Failure(KeyErrc::rsa_too_small);
    if (bits > kMaxRsaBits) return Failure(KeyErrc::rsa_too_large);
  }
  if (!is_sound(evp.get(), *kind, is_private)) return Failure(KeyErrc::invalid_key);
  return Key{default_row_of(*kind).algorithm, {}, std::move(evp), is_private};
}

Result<Key, KeyErrc> secret_key(ByteView secret, Algorithm algorithm) {
  if (secret.size() < row_of(algorithm).min_secret_bytes) return Failure(KeyErrc::secret_too_short);
  EvpKey evp(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr, unsigned_bytes(secret), secret.size()));
  if (!evp) return Failure(KeyErrc::invalid_key);
  return Key{algorithm, {}, std::move(evp), /*can_sign=*/true};
}

// PEM

constexpr ByteView kPemBegin = "-----BEGIN";

struct PemBlock {
  std::string name;
  bool has_header = false;
  OpensslBytes<unsigned char> der;
  long der_size = 0;
};

/// The next block, no block at the end of the file, or bad_pem.
Result<std::optional<PemBlock>, KeyErrc> next_pem_block(BIO* bio) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* der = nullptr;
  PemBlock block;
  if (PEM_read_bio(bio, &name, &header, &der, &block.der_size) != 1) {
    if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) return std::nullopt;
    return Failure(KeyErrc::bad_pem);
  }
  const OpensslBytes<char> owned_name(name);
  const OpensslBytes<char> owned_header(header);
  block.der.reset(der);
  block.name = name;
  block.has_header = *header != '\0';
  return block;
}

Result<Key, KeyErrc> key_from_pem_block(const PemBlock& block) {
  if (block.name == PEM_STRING_PKCS8 || block.has_header) return Failure(KeyErrc::encrypted_pem);
  if (block.name.find("CERTIFICATE") != std::string::npos) return Failure(KeyErrc::certificate);

  const unsigned char* cursor = block.der.get();
  const unsigned char* const end = cursor + block.der_size;
  EvpKey evp;
  bool is_private = false;
  if (block.name == PEM_STRING_PUBLIC) {
    evp.reset(d2i_PUBKEY(nullptr, &cursor, block.der_size));
  } else if (block.name == PEM_STRING_RSA_PUBLIC) {
    evp.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &cursor, block.der_size));
  } else if (block.name == PEM_STRING_PKCS8INF || block.name == PEM_STRING_RSA ||
             block.name == PEM_STRING_ECPRIVATEKEY) {
    is_private = true;
    evp.reset(d2i_AutoPrivateKey(nullptr, &cursor, block.der_size));
  } else {
    return Failure(KeyErrc::unsupported_key);
  }
  if (!evp || cursor != end) return Failure(KeyErrc::bad_pem);
  return checked_key(std::move(evp), is_private);
}

Result<std::vector<Key>, KeyErrc> keys_from_pem(ByteView file) {
  const BioHandle bio(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
  std::vector<Key> keys;
  while (true) {
    Result<std::optional<PemBlock>, KeyErrc> block = next_pem_block(bio.get());
    if (!block) return Failure(block.error());
    if (!block->has_value()) break;
    // `openssl ecparam -genkey` writes the curve's name in a block of its own before the key, which
    // names it too.
    if ((*block)->name == PEM_STRING_ECPARAMETERS) continue;
    if (keys.size() == kMaxKeys) return Failure(KeyErrc::too_many_keys);
    Result<Key, KeyErrc> key = key_from_pem_block(**block);
    if (!key) return Failure(key.error());
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return Failure(KeyErrc::bad_pem);
  return keys;
}

// JWK and JWKS (RFC 7517, 7518, 8037)

/// The member's text, or nothing when it is absent or not a string.
const std::string* find_text(const json& jwk, const char* name) {
  const auto member = jwk.find(name);
  return member == jwk.end() ? nullptr : member->get_ptr<const std::string*>();
}

std::optional<Bytes> find_base64url(const json& jwk, const char* name) {
  const std::string* text = find_text(jwk, name);
  return text == nullptr ? std::nullopt : decode_base64url(*text);
}

/// Names and values of a key that OpenSSL shall build. Numbers live as long as the builder.
class KeyParams {
 public:
  void add_text(const char* name, const char* text) {
    OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, text, 0);
  }
  void add_bytes(const char* name, ByteView bytes) {
    OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, bytes.data(), bytes.size());
  }
  void add_number(const char* name, ByteView big_endian) {
    numbers_.emplace_back(
        BN_bin2bn(unsigned_bytes(big_endian), static_cast<int>(big_endian.size()), nullptr));
    OSSL_PARAM_BLD_push_BN(builder_.get(), name, numbers_.back().get());
  }

  [[nodiscard]] EvpKey build(const char* type, bool is_private) const {
    const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    const Params params(OSSL_PARAM_BLD_to_param(builder_.get()));
    EVP_PKEY* key = nullptr;
    if (context && params && EVP_PKEY_fromdata_init(context.get()) == 1) {
      EVP_PKEY_fromdata(context.get(), &key, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.get());
    }
    return EvpKey(key);
  }

 private:
  ParamBuilder builder_{OSSL_PARAM_BLD_new()};
  std::vector<BignumHandle> numbers_;
};

Result<EvpKey, KeyErrc> rsa_from_jwk(const json& jwk, bool is_private) {
  constexpr std::array<std::pair<const char*, const char*>, 8> kMembers{{
      {"n", OSSL_PKEY_PARAM_RSA_N},
      {"e", OSSL_PKEY_PARAM_RSA_E},
      {"d", OSSL_PKEY_PARAM_RSA_D},
      {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
      {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
      {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
      {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
      {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
  }};
  constexpr std::size_t kPublicMembers = 2;
  // Numbers of the largest allowed modulus, and a byte of sign that some writers put before it.
  constexpr std::size_t kMaxNumberBytes = kMaxRsaBits / 8 + 1;

  KeyParams params;
  for (const auto& [member, param] :
       std::span(kMembers).first(is_private ? kMembers.size() : kPublicMembers)) {
    const std::optional<Bytes> number = find_base64url(jwk, member);
    if (!number || number->empty()) return Failure(KeyErrc::bad_jwk);
    if (number->size() > kMaxNumberBytes) return Failure(KeyErrc::rsa_too_large);
    params.add_number(param, *number);
  }
  return params.build("RSA", is_private);
}

Result<EvpKey, KeyErrc> p256_from_jwk(const json& jwk, bool is_private) {
  const std::optional<Bytes> x = find_base64url(jwk, "x");
  const std::optional<Bytes> y = find_base64url(jwk, "y");
  if (!x || x->size() != kP256CoordinateBytes || !y || y->size() != kP256CoordinateBytes) {
    return Failure(KeyErrc::bad_jwk);
  }
  KeyParams params;
  params.add_text(OSSL_PKEY_PARAM_GROUP_NAME, kP256Group);
  const Bytes uncompressed_point = '\x04' + *x + *y;
  params.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, uncompressed_point);
  if (is_private) {
    const std::optional<Bytes> d = find_base64url(jwk, "d");
    if (!d || d->size() != kP256CoordinateBytes) return Failure(KeyErrc::bad_jwk);
    params.add_number(OSSL_PKEY_PARAM_PRIV_KEY, *d);
  }
  return params.build("EC", is_private);
}

Result<EvpKey, KeyErrc> ed25519_from_jwk(const json& jwk, bool is_private) {
  const std::optional<Bytes> x = find_base64url(jwk, "x");
  if (!x || x->size() != kEd25519KeyBytes) return Failure(KeyErrc::bad_jwk);
  if (!is_private) {
    return EvpKey(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, unsigned_bytes(*x), x->size()));
  }
  const std::optional<Bytes> d = find_base64url(jwk, "d");
  if (!d || d->size() != kEd25519KeyBytes) return Failure(KeyErrc::bad_jwk);
  EvpKey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, unsigned_bytes(*d), d->size()));
  Bytes computed_x(kEd25519KeyBytes, '\0');
  std::size_t computed_size = computed_x.size();
  if (!key ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(computed_x.data()),
                                  &computed_size) != 1 ||
      computed_x != *x) {
    return Failure(KeyErrc::invalid_key);
  }
  return key;
}

Result<KeyKind, KeyErrc> kind_from_jwk(const json& jwk) {
  const std::string* type = find_text(jwk, "kty");
  if (type == nullptr) return Failure(KeyErrc::bad_jwk);
  if (*type == "oct") return KeyKind::secret;
  if (*type == "RSA") return KeyKind::rsa;
  if (*type != "EC" && *type != "OKP") return Failure(KeyErrc::unsupported_key);
  const std::string* curve = find_text(jwk, "crv");
  if (curve == nullptr) return Failure(KeyErrc::bad_jwk);
  if (*type == "EC" && *curve == "P-256") return KeyKind::p256;
  if (*type == "OKP" && *curve == "Ed25519") return KeyKind::ed25519;
  return Failure(KeyErrc::unsupported_key);
}

Result<Algorithm, KeyErrc> algorithm_from_jwk(const json& jwk, KeyKind kind) {
  if (!jwk.contains("alg")) return default_row_of(kind).algorithm;
  const std::string* name = find_text(jwk, "alg");
  if (name == nullptr) return Failure(KeyErrc::bad_jwk);
  const std::optional<Algorithm> algorithm = parse_algorithm(*name);
  if (!algorithm) return Failure(KeyErrc::unsupported_key);
  if (row_of(*algorithm).kind != kind) return Failure(KeyErrc::algorithm_mismatch);
  return *algorithm;
}

/// Refuses a key whose owner meant it for something else than signatures.
std::optional<KeyErrc> refuse_use(const json& jwk) {
  if (jwk.contains("use")) {
    const std::string* use = find_text(jwk, "use");
    if (use == nullptr) return KeyErrc::bad_jwk;
    if (*use != "sig") return KeyErrc::unsupported_key;
  }
  if (const auto operations = jwk.find("key_ops"); operations != jwk.end()) {
    if (!operations->is_array()) return KeyErrc::bad_jwk;
    const bool is_for_signatures = std::ranges::any_of(*operations, [](const json& operation) {
      return operation == "verify" || operation == "sign";
    });
    if (!is_for_signatures) return KeyErrc::unsupported_key;
  }
  return std::nullopt;
}

Result<Key, KeyErrc> asymmetric_from_jwk(const json& jwk, KeyKind kind) {
  const bool is_private = jwk.contains("d");
  Result<EvpKey, KeyErrc> evp = kind == KeyKind::rsa    ? rsa_from_jwk(jwk, is_private)
                                : kind == KeyKind::p256 ? p256_from_jwk(jwk, is_private)
                                                        : ed25519_from_jwk(jwk, is_private);
  if (!evp) return Failure(evp.error());
  if (!*evp) return Failure(KeyErrc::invalid_key);
  return checked_key(std::move(*evp), is_private);
}

Result<Key, KeyErrc> key_from_jwk(const json& jwk) {
  if (!jwk.is_object()) return Failure(KeyErrc::bad_jwk);
  if (const std::optional<KeyErrc> errc = refuse_use(jwk)) return Failure(*errc);
  const Result<KeyKind, KeyErrc> kind = kind_from_jwk(jwk);
  if (!kind) return Failure(kind.error());
  const Result<Algorithm, KeyErrc> algorithm = algorithm_from_jwk(jwk, *kind);
  if (!algorithm) return Failure(algorithm.error());

  std::string id;
  if (jwk.contains("kid")) {
    const std::string* kid = find_text(jwk, "kid");
    if (kid == nullptr || kid->size() > kMaxKeyIdBytes) return Failure(KeyErrc::bad_jwk);
    id = *kid;
  }

  Result<Key, KeyErrc> key = Failure(KeyErrc::bad_jwk);
  if (*kind == KeyKind::secret) {
    const std::optional<Bytes> secret = find_base64url(jwk, "k");
    if (secret) key = secret_key(*secret, *algorithm);
  } else {
    key = asymmetric_from_jwk(jwk, *kind);
  }
  if (key) {
    key->algorithm = *algorithm;
    key->id = std::move(id);
  }
  return key;
}

struct JwksKeys {
  std::vector<Key> keys;
  std::size_t ignored = 0;
};

Result<JwksKeys, KeyErrc> keys_from_json(ByteView file) {
  const std::optional<json> root = parse_strict_object(file);
  if (!root) return Failure(KeyErrc::bad_json);

  JwksKeys result;
  const auto set = root->find("keys");
  if (set == root->end()) {
    Result<Key, KeyErrc> key = key_from_jwk(*root);
    if (!key) return Failure(key.error());
    result.keys.push_back(std::move(*key));
    return result;
  }
  if (!set->is_array()) return Failure(KeyErrc::bad_jwk);
  for (const json& jwk : *set) {
    Result<Key, KeyErrc> key = key_from_jwk(jwk);
    if (!key && key.error() == KeyErrc::unsupported_key) {
      ++result.ignored;
      continue;
    }
    if (!key) return Failure(key.error());
    if (result.keys.size() == kMaxKeys) return Failure(KeyErrc::too_many_keys);
    result.keys.push_back(std::move(*key));
  }
  if (result.keys.empty()) return Failure(KeyErrc::no_usable_key);
  return result;
}

// Text secrets

/// True for public keys in wrappings that are one line of text: OpenSSH's, and PEM's body without
/// its frame.
bool is_unwrapped_public_key(ByteView text) {
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-")) return true;
  Bytes der(text.size(), '\0');
  const int der_size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(der.data()),
                                       unsigned_bytes(text), static_cast<int>(text.size()));
  const unsigned char* cursor = unsigned_bytes(der);
  return der_size > 0 && EvpKey(d2i_PUBKEY(nullptr, &cursor, der_size)) != nullptr;
}

Result<Key, KeyErrc> key_from_text(ByteView text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (!count_plain_characters(text)) return Failure(KeyErrc::not_text);
  if (is_unwrapped_public_key(text)) return Failure(KeyErrc::secret_is_public_key);
  return secret_key(text, Algorithm::hs256);
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  return row_of(algorithm).name;
}

std::optional<Algorithm> parse_algorithm(ByteView name) {
  const auto row = std::ranges::find(kAlgorithms, name, &AlgorithmRow::name);
  if (row == kAlgorithms.end()) return std::nullopt;
  return row->algorithm;
}

void EvpKeyDeleter::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

std::string_view explain(KeyErrc errc) {
  switch (errc) {
    case KeyErrc::empty_file:
      return "The key file is empty.";
    case KeyErrc::file_too_large:
      return "The key file is larger than 64 KiB.";
    case KeyErrc::not_text:
      return "The key file is not PEM, not JSON and not one line of UTF-8 text without a byte "
             "order mark.";
    case KeyErrc::secret_too_short:
      return "The secret is too short: HS256 needs at least 32 bytes, HS384 48, HS512 64.";
    case KeyErrc::secret_is_public_key:
      return "The key file holds a public key in a wrapping that would make it a shared secret; "
             "write it as PEM "
             "with its -----BEGIN PUBLIC KEY----- line.";
    case KeyErrc::bad_pem:
      return "The key file begins as PEM but is not well-formed PEM of a public or private key.";
    case KeyErrc::encrypted_pem:
      return "The private key in the key file is encrypted; write it without a password.";
    case KeyErrc::certificate:
      return "The key file holds a certificate; take the public key out of it with "
             "'openssl x509 -pubkey -noout'.";
    case KeyErrc::unsupported_key:
      return "The key file holds a key that is not supported; use RSA, EC on P-256, Ed25519 or a "
             "shared secret, "
             "meant for signatures.";
    case KeyErrc::rsa_too_small:
      return "The RSA key is too small; it needs at least 2048 bits.";
    case KeyErrc::rsa_too_large:
      return "The RSA key is too large; it may have at most 8192 bits.";
    case KeyErrc::invalid_key:
      return "The numbers in the key file do not make a valid key.";
    case KeyErrc::bad_json:
      return "The key file begins as JSON but is not one JSON object without repeated names.";
    case KeyErrc::bad_jwk:
      return "A JWK in the key file lacks a member or has one of the wrong type or length.";
    case KeyErrc::algorithm_mismatch:
      return "A JWK in the key file has an 'alg' that does not go with its 'kty' and 'crv'.";
    case KeyErrc::no_usable_key:
      return "No key of the JWKS in the key file can verify tokens; use RSA, EC on P-256, Ed25519 "
             "or oct keys, "
             "meant for signatures.";
    case KeyErrc::too_many_keys:
      return "The key file holds more than 16 keys.";
  }
  return "The key file was refused.";
}

Result<KeySet, KeyErrc> KeySet::parse(ByteView file) {
  const OpensslErrorScope error_scope;
  if (file.size() > kMaxKeyFileBytes) return Failure(KeyErrc::file_too_large);
  const std::size_t start = file.find_first_not_of(" \t\r\n");
  if (start == ByteView::npos) return Failure(KeyErrc::empty_file);

  KeySet set;
  // Anywhere, because tools write attributes before the first block: such a text is never a secret
  // (A9).
  if (file.find(kPemBegin) != ByteView::npos) {
    Result<std::vector<Key>, KeyErrc> keys = keys_from_pem(file);
    if (!keys) return Failure(keys.error());
    set.keys_ = std::move(*keys);
    return set;
  }
  if (file.starts_with("\xEF\xBB\xBF")) return Failure(KeyErrc::not_text);
  if (file[start] == '{' || file[start] == '[') {
    Result<JwksKeys, KeyErrc> jwks = keys_from_json(file);
    if (!jwks) return Failure(jwks.error());
    set.keys_ = std::move(jwks->keys);
    set.ignored_keys_ = jwks->ignored;
    return set;
  }
  Result<Key, KeyErrc> key = key_from_text(file);
  if (!key) return Failure(key.error());
  set.keys_.push_back(std::move(*key));
  return set;
}

const Key* KeySet::signing_key() const {
  const auto key = std::ranges::find(keys_, true, &Key::can_sign);
  return key == keys_.end() ? nullptr : &*key;
}

}  // namespace weft::connection
