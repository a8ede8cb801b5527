// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/base64url.h"
#include "connection/key_set.h"
#include "util/bytes.h"
#include "util/time.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

/// Keys made with OpenSSL at run time, and tokens put together by hand, so that a test can break
/// any part of one.
namespace weft::connection::testing {

inline const std::string kSecret = "0123456789abcdef0123456789abcdef";

/// 2026-01-01 00:00:00 UTC.
inline constexpr WallMs kNow = 1'767'225'600'000;
inline constexpr WallMs kNowSeconds = kNow / 1000;

using TestKey = std::shared_ptr<EVP_PKEY>;

inline TestKey own(EVP_PKEY* key) {
  if (key == nullptr) throw std::runtime_error("OpenSSL made no key");
  return {key, EVP_PKEY_free};
}

inline TestKey make_rsa(std::size_t bits) {
  return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
}
inline TestKey make_ec(const char* curve) {
  return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}
inline TestKey make_ed25519() {
  return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

/// One key per kind for the whole program: RSA keys take a while to make.
inline const TestKey& rsa_key() {
  static const TestKey key = make_rsa(2048);
  return key;
}
inline const TestKey& p256_key() {
  static const TestKey key = make_ec("P-256");
  return key;
}
inline const TestKey& ed25519_key() {
  static const TestKey key = make_ed25519();
  return key;
}

template <class Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

inline std::string public_pem(const TestKey& key) {
  return pem_of([&](BIO* bio) { PEM_write_bio_PUBKEY(bio, key.get()); });
}
inline std::string public_der(const TestKey& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  const std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}
inline std::string private_pem(const TestKey& key) {
  return pem_of([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

/// A number of the key as a JWK member has it; padded to `size` bytes when that is given.
inline std::string number_of(const TestKey& key, const char* param, std::size_t size = 0) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), param, &number) != 1) throw std::runtime_error(param);
  const std::unique_ptr<BIGNUM, decltype(&BN_clear_free)> owned(number, BN_clear_free);
  if (size == 0) size = static_cast<std::size_t>(BN_num_bytes(number));
  Bytes bytes(size, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  return encode_base64url(bytes);
}

/// `more` is JSON members after a comma, e.g. `"kid":"a"`.
inline std::string with_more(std::string members, const std::string& more) {
  if (!more.empty()) members += "," + more;
  return "{" + members + "}";
}
inline std::string secret_jwk(ByteView secret, const std::string& more = {}) {
  return with_more(R"("kty":"oct","k":")" + encode_base64url(secret) + "\"", more);
}
inline std::string rsa_jwk(const TestKey& key, const std::string& more = {}) {
  return with_more(R"("kty":"RSA","n":")" + number_of(key, OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
                       number_of(key, OSSL_PKEY_PARAM_RSA_E) + "\"",
                   more);
}
inline std::string rsa_private_members(const TestKey& key) {
  return R"("d":")" + number_of(key, OSSL_PKEY_PARAM_RSA_D) + R"(","p":")" +
         number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR1) + R"(","q":")" +
         number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR2) + R"(","dp":")" +
         number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT1) + R"(","dq":")" +
         number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT2) + R"(","qi":")" +
         number_of(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1) + "\"";
}
inline std::string p256_jwk(const TestKey& key, const std::string& more = {}) {
  return with_more(R"("kty":"EC","crv":"P-256","x":")" +
                       number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")" +
                       number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"",
                   more);
}
inline std::string ed25519_jwk(const TestKey& key, const std::string& more = {}) {
  Bytes x(32, '\0');
  std::size_t size = x.size();
  EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
  return with_more(R"("kty":"OKP","crv":"Ed25519","x":")" + encode_base64url(x) + "\"", more);
}

/// Requires: the file is a good key file.
inline KeySet keys_from(ByteView file) {
  Result<KeySet, KeyErrc> keys = KeySet::parse(file);
  if (!keys) throw std::runtime_error(std::string(explain(keys.error())));
  return std::move(*keys);
}

inline Bytes hmac_sha256(ByteView secret, ByteView message) {
  Bytes mac(32, '\0');
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(mac.data()), nullptr);
  return mac;
}

/// A signature as OpenSSL makes it; of ECDSA that is DER. With a salt length it is an RSA-PSS
/// signature.
inline Bytes openssl_signature(const TestKey& key, const EVP_MD* digest, ByteView message,
                               std::optional<int> pss_salt_bytes = std::nullopt) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  EVP_PKEY_CTX* key_context = nullptr;
  EVP_DigestSignInit(context.get(), &key_context, digest, nullptr, key.get());
  if (pss_salt_bytes) {
    EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, *pss_salt_bytes);
  }
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, data, message.size());
  Bytes signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                 message.size());
  signature.resize(size);
  return signature;
}

inline std::string unsigned_token(ByteView header, ByteView payload) {
  return encode_base64url(header) + "." + encode_base64url(payload);
}

/// A token with these very bytes as header and payload and a good HS256 signature by kSecret.
inline std::string signed_token(ByteView header, ByteView payload) {
  const std::string message = unsigned_token(header, payload);
  return message + "." + encode_base64url(hmac_sha256(kSecret, message));
}

inline const std::string kHeader = R"({"alg":"HS256"})";
inline const std::string kFarExpiry = R"("exp":1800000000)";
inline const std::string kAllCanvases = R"("canvases":{"*":"edit"})";
inline const std::string kPayload = R"({"sub":"ada",)" + kFarExpiry + "," + kAllCanvases + "}";

}  // namespace weft::connection::testing
