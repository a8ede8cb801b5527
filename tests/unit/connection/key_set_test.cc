// SPDX-License-Identifier: Apache-2.0
#include "connection/key_set.h"

#include "token_fixtures.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <set>
#include <string_view>

namespace weft::connection {
namespace {

using namespace testing;

/// The one key of a file, or a failed test and a throw.
struct OnlyKey {
  Algorithm algorithm;
  std::string id;
  bool can_sign;
  bool operator==(const OnlyKey&) const = default;
};

OnlyKey only_key(ByteView file) {
  const KeySet keys = keys_from(file);
  EXPECT_EQ(keys.keys().size(), 1U);
  const Key& key = keys.keys().front();
  return {key.algorithm, key.id, key.can_sign};
}

KeyErrc refusal(ByteView file) {
  const Result<KeySet, KeyErrc> keys = KeySet::parse(file);
  if (keys) throw std::runtime_error("the key file was accepted");
  return keys.error();
}

std::string jwks(std::initializer_list<std::string> keys) {
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ",") + key;
  return R"({"keys":[)" + list + "]}";
}

TEST(KeySet, A7RefusesEmptyAndHugeFiles) {
  EXPECT_EQ(refusal(""), KeyErrc::empty_file);
  EXPECT_EQ(refusal(" \r\n\n"), KeyErrc::empty_file);
  EXPECT_EQ(refusal(std::string(kMaxKeyFileBytes + 1, 'a')), KeyErrc::file_too_large);
}

TEST(KeySet, A8KnowsExactlyTheNamedAlgorithms) {
  for (const ByteView name : {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
                              "PS384", "PS512", "ES256", "EdDSA"}) {
    const std::optional<Algorithm> algorithm = parse_algorithm(name);
    ASSERT_TRUE(algorithm) << name;
    EXPECT_EQ(name_of(*algorithm), name);
  }
  for (const ByteView name :
       {"", "none", "None", "hs256", "ES384", "ES512", "ES256K", "EDDSA", "HS256 "}) {
    EXPECT_EQ(parse_algorithm(name), std::nullopt) << name;
  }
}

TEST(KeySet, A10SecretIsTheLineWithoutItsEnd) {
  const OnlyKey secret{Algorithm::hs256, "", true};
  EXPECT_EQ(only_key(kSecret), secret);
  EXPECT_EQ(only_key(kSecret + "\n"), secret);
  EXPECT_EQ(only_key(kSecret + "\r\n"), secret);
}

TEST(KeySet, A10SecretHas32BytesWithoutTheLineEnd) {
  EXPECT_EQ(refusal(kSecret.substr(1)), KeyErrc::secret_too_short);
  EXPECT_EQ(refusal(kSecret.substr(1) + "\n"), KeyErrc::secret_too_short);
  EXPECT_EQ(refusal(secret_jwk(kSecret.substr(1))), KeyErrc::secret_too_short);
  EXPECT_EQ(refusal(secret_jwk(std::string(47, 'a'), R"("alg":"HS384")")),
            KeyErrc::secret_too_short);
  EXPECT_EQ(refusal(secret_jwk(std::string(63, 'a'), R"("alg":"HS512")")),
            KeyErrc::secret_too_short);
}

TEST(KeySet, A10SecretIsOneLineOfText) {
  EXPECT_EQ(refusal(kSecret + "\n" + kSecret), KeyErrc::not_text);
  EXPECT_EQ(refusal(kSecret + std::string(1, '\0')), KeyErrc::not_text);
  EXPECT_EQ(refusal(kSecret + "\xFF"), KeyErrc::not_text);
  EXPECT_EQ(only_key(kSecret + "\xC3\xA4").algorithm, Algorithm::hs256);
}

TEST(KeySet, A9PemTextIsNeverASecret) {
  EXPECT_EQ(refusal("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"),
            KeyErrc::bad_pem);
  EXPECT_EQ(refusal("-----BEGIN is how a long secret may not start"), KeyErrc::bad_pem);
  EXPECT_EQ(refusal("a long secret with -----BEGIN in its middle"), KeyErrc::bad_pem);
  const std::string pem = public_pem(rsa_key());
  for (std::size_t size = 12; size < pem.size() - 1; size += 7) {
    EXPECT_EQ(refusal(pem.substr(0, size)), KeyErrc::bad_pem) << size;
  }
}

TEST(KeySet, A9TextBeforePemDoesNotMakeItASecret) {
  EXPECT_EQ(only_key("Bag Attributes: none\n" + public_pem(rsa_key())),
            (OnlyKey{Algorithm::rs256, "", false}));
  EXPECT_EQ(only_key("\n  \n" + public_pem(rsa_key())).algorithm, Algorithm::rs256);
}

TEST(KeySet, A9PublicKeysInOtherWrappingsAreNeverSecrets) {
  for (const TestKey& key : {rsa_key(), p256_key(), ed25519_key()}) {
    const std::string der = public_der(key);
    std::string base64(der.size() * 2, '\0');
    base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(base64.data()),
        reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()))));
    EXPECT_EQ(refusal(base64), KeyErrc::secret_is_public_key);
    EXPECT_EQ(refusal(base64 + "\n"), KeyErrc::secret_is_public_key);
    EXPECT_EQ(refusal(der), KeyErrc::not_text);
  }
  EXPECT_EQ(refusal("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me@here"),
            KeyErrc::secret_is_public_key);
  EXPECT_EQ(refusal("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTI me@here"),
            KeyErrc::secret_is_public_key);
}

TEST(KeySet, A9JsonIsNeverASecret) {
  EXPECT_EQ(refusal("{a long secret that begins with a brace"), KeyErrc::bad_json);
  EXPECT_EQ(refusal(" [\"a long secret that begins with a bracket\"]"), KeyErrc::bad_json);
  EXPECT_EQ(refusal("\xEF\xBB\xBF" + p256_jwk(p256_key())), KeyErrc::not_text);
  EXPECT_EQ(refusal("\xEF\xBB\xBF" + kSecret), KeyErrc::not_text);
}

TEST(KeySet, A11PublicPemVerifiesOnly) {
  EXPECT_EQ(only_key(public_pem(rsa_key())), (OnlyKey{Algorithm::rs256, "", false}));
  EXPECT_EQ(only_key(public_pem(p256_key())), (OnlyKey{Algorithm::es256, "", false}));
  EXPECT_EQ(only_key(public_pem(ed25519_key())), (OnlyKey{Algorithm::eddsa, "", false}));
  EXPECT_EQ(keys_from(public_pem(rsa_key())).signing_key(), nullptr);
}

TEST(KeySet, A11PrivatePemSignsToo) {
  EXPECT_EQ(only_key(private_pem(rsa_key())), (OnlyKey{Algorithm::rs256, "", true}));
  EXPECT_EQ(only_key(private_pem(p256_key())), (OnlyKey{Algorithm::es256, "", true}));
  EXPECT_EQ(only_key(private_pem(ed25519_key())), (OnlyKey{Algorithm::eddsa, "", true}));
}

TEST(KeySet, A11TraditionalPemIsRead) {
  const auto traditional = [](const TestKey& key) {
    return pem_of([&](BIO* bio) {
      PEM_write_bio_PrivateKey_traditional(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  };
  EXPECT_EQ(only_key(traditional(rsa_key())), (OnlyKey{Algorithm::rs256, "", true}));
  // `openssl ecparam -name prime256v1 -genkey` writes this block first.
  const std::string parameters =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  EXPECT_EQ(only_key(parameters + traditional(p256_key())), (OnlyKey{Algorithm::es256, "", true}));
  EXPECT_EQ(refusal(parameters), KeyErrc::bad_pem);
}

TEST(KeySet, A11SeveralBlocksAreSeveralKeys) {
  const KeySet keys =
      keys_from(public_pem(rsa_key()) + private_pem(p256_key()) + public_pem(ed25519_key()));
  ASSERT_EQ(keys.keys().size(), 3U);
  EXPECT_EQ(keys.signing_key(), &keys.keys()[1]);
  // A broken second block refuses the file; it is not taken for its end.
  std::string broken = public_pem(p256_key());
  broken.resize(broken.size() - 10);
  EXPECT_EQ(refusal(public_pem(rsa_key()) + broken), KeyErrc::bad_pem);
}

TEST(KeySet, A11BlockHoldsNothingAfterTheKey) {
  for (const TestKey& key : {rsa_key(), p256_key(), ed25519_key()}) {
    const std::string pem = pem_of([&](BIO* bio) {
      const std::string der = public_der(key) + '\0';
      PEM_write_bio(bio, PEM_STRING_PUBLIC, "", reinterpret_cast<const unsigned char*>(der.data()),
                    static_cast<long>(der.size()));
    });
    EXPECT_EQ(refusal(pem), KeyErrc::bad_pem);
  }
}

TEST(KeySet, A11AtMost16Blocks) {
  std::string pem;
  for (int i = 0; i < 16; ++i) pem += public_pem(ed25519_key());
  EXPECT_EQ(keys_from(pem).keys().size(), kMaxKeys);
  EXPECT_EQ(refusal(pem + public_pem(ed25519_key())), KeyErrc::too_many_keys);
}

TEST(KeySet, A11EncryptedKeysAndCertificatesAreRefused) {
  const std::string encrypted = pem_of([](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, p256_key().get(), EVP_aes_256_cbc(),
                             reinterpret_cast<const unsigned char*>("password"), 8, nullptr,
                             nullptr);
  });
  EXPECT_EQ(refusal(encrypted), KeyErrc::encrypted_pem);
  const std::string encrypted_traditional = pem_of([](BIO* bio) {
    PEM_write_bio_PrivateKey_traditional(bio, p256_key().get(), EVP_aes_256_cbc(),
                                         reinterpret_cast<const unsigned char*>("password"), 8,
                                         nullptr, nullptr);
  });
  EXPECT_EQ(refusal(encrypted_traditional), KeyErrc::encrypted_pem);
  EXPECT_EQ(refusal("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
            KeyErrc::certificate);
  EXPECT_EQ(refusal("-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----\n"),
            KeyErrc::unsupported_key);
}

TEST(KeySet, A8OtherCurvesAndSizesAreRefused) {
  EXPECT_EQ(refusal(public_pem(make_ec("P-384"))), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(private_pem(make_ec("P-521"))), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(public_pem(make_ec("secp256k1"))), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(public_pem(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")))),
            KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(public_pem(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448")))),
            KeyErrc::unsupported_key);
  const TestKey small = make_rsa(1024);
  EXPECT_EQ(refusal(public_pem(small)), KeyErrc::rsa_too_small);
  EXPECT_EQ(refusal(rsa_jwk(small)), KeyErrc::rsa_too_small);
}

TEST(KeySet, A8RsaHasAtMost8192Bits) {
  // An odd number of that size is enough: the size is looked at first.
  const std::string modulus = "\x80" + std::string(8192 / 8, '\x01');
  EXPECT_EQ(refusal(R"({"kty":"RSA","e":"AQAB","n":")" + encode_base64url(modulus) + "\"}"),
            KeyErrc::rsa_too_large);
  EXPECT_EQ(
      refusal(R"({"kty":"RSA","e":"AQAB","n":")" + encode_base64url(modulus + "\x01") + "\"}"),
      KeyErrc::rsa_too_large);
}

TEST(KeySet, A12JwkOfEachKind) {
  EXPECT_EQ(only_key(secret_jwk(kSecret, R"("kid":"s")")), (OnlyKey{Algorithm::hs256, "s", true}));
  EXPECT_EQ(only_key(rsa_jwk(rsa_key(), R"("kid":"r","use":"sig")")),
            (OnlyKey{Algorithm::rs256, "r", false}));
  EXPECT_EQ(only_key(p256_jwk(p256_key(), R"("key_ops":["verify"])")),
            (OnlyKey{Algorithm::es256, "", false}));
  EXPECT_EQ(only_key(" \n" + ed25519_jwk(ed25519_key())), (OnlyKey{Algorithm::eddsa, "", false}));
}

TEST(KeySet, A12AlgBindsTheKey) {
  EXPECT_EQ(only_key(rsa_jwk(rsa_key(), R"("alg":"PS256")")).algorithm, Algorithm::ps256);
  EXPECT_EQ(only_key(secret_jwk(std::string(64, 'a'), R"("alg":"HS512")")).algorithm,
            Algorithm::hs512);
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), R"("alg":"HS256")")), KeyErrc::algorithm_mismatch);
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), R"("alg":"ES256")")), KeyErrc::algorithm_mismatch);
  EXPECT_EQ(refusal(p256_jwk(p256_key(), R"("alg":"EdDSA")")), KeyErrc::algorithm_mismatch);
  EXPECT_EQ(refusal(secret_jwk(kSecret, R"("alg":"RS256")")), KeyErrc::algorithm_mismatch);
  EXPECT_EQ(refusal(secret_jwk(kSecret, R"("alg":"none")")), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(p256_jwk(p256_key(), R"("alg":"es256")")), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(p256_jwk(p256_key(), R"("alg":7)")), KeyErrc::bad_jwk);
}

TEST(KeySet, A12PrivateJwkSigns) {
  EXPECT_TRUE(only_key(rsa_jwk(rsa_key(), rsa_private_members(rsa_key()))).can_sign);
  EXPECT_TRUE(
      only_key(p256_jwk(p256_key(),
                        R"("d":")" + number_of(p256_key(), OSSL_PKEY_PARAM_PRIV_KEY, 32) + "\""))
          .can_sign);
}

TEST(KeySet, A12ForeignUsesAreRefused) {
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), R"("use":"enc")")), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), R"("use":1)")), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), R"("key_ops":["encrypt"])")), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), R"("key_ops":"verify")")), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), R"("alg":"RSA-OAEP")")), KeyErrc::unsupported_key);
}

TEST(KeySet, A12MembersHaveTheirTypesAndLengths) {
  EXPECT_EQ(refusal("{}"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":7})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"oct"})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"oct","k":"not base64url"})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"RSA","n":"","e":"AQAB"})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"RSA","e":"AQAB"})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"EC","x":"AA","y":"AA"})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"kty":"OKP","crv":"X25519","x":"AA"})"), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})"), KeyErrc::unsupported_key);
  EXPECT_EQ(refusal(p256_jwk(p256_key(), R"("kid":7)")), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(p256_jwk(p256_key(), R"("kid":")" + std::string(129, 'k') + "\"")),
            KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(p256_jwk(p256_key(), R"("d":"AA")")), KeyErrc::bad_jwk);
}

TEST(KeySet, A12RepeatedNamesAreRefused) {
  EXPECT_EQ(refusal(p256_jwk(p256_key(), R"("kty":"EC")")), KeyErrc::bad_json);
  EXPECT_EQ(refusal(p256_jwk(p256_key()) + "x"), KeyErrc::bad_json);
  EXPECT_EQ(refusal(p256_jwk(p256_key()) + std::string(1, '\0') + "x"), KeyErrc::bad_json);
}

TEST(KeySet, A14PointsLieOnTheirCurve) {
  const std::string one = encode_base64url(std::string(31, '\0') + '\x01');
  EXPECT_EQ(refusal(R"({"kty":"EC","crv":"P-256","x":")" + one + R"(","y":")" + one + "\"}"),
            KeyErrc::invalid_key);
}

TEST(KeySet, A14RsaExponentIsOddAndMoreThanOne) {
  // With the exponent 1 everybody can write a signature: it is the padded hash itself.
  for (const ByteView exponent : {"AQ", "Ag", "AA"}) {
    EXPECT_EQ(refusal(R"({"kty":"RSA","n":")" + number_of(rsa_key(), OSSL_PKEY_PARAM_RSA_N) +
                      R"(","e":")" + std::string(exponent) + "\"}"),
              KeyErrc::invalid_key)
        << exponent;
  }
}

TEST(KeySet, A14HalvesBelongTogether) {
  const TestKey other = make_ec("P-256");
  EXPECT_EQ(refusal(p256_jwk(p256_key(),
                             R"("d":")" + number_of(other, OSSL_PKEY_PARAM_PRIV_KEY, 32) + "\"")),
            KeyErrc::invalid_key);
  EXPECT_EQ(refusal(ed25519_jwk(ed25519_key(),
                                R"("d":")" + encode_base64url(std::string(32, 'd')) + "\"")),
            KeyErrc::invalid_key);
  EXPECT_EQ(refusal(rsa_jwk(rsa_key(), rsa_private_members(make_rsa(2048)))), KeyErrc::invalid_key);
}

TEST(KeySet, A13JwksHoldsTheKeysOfARotation) {
  const KeySet keys = keys_from(
      jwks({p256_jwk(p256_key(), R"("kid":"new")"), rsa_jwk(rsa_key(), R"("kid":"old")")}));
  ASSERT_EQ(keys.keys().size(), 2U);
  EXPECT_EQ(keys.keys()[0].id, "new");
  EXPECT_EQ(keys.keys()[1].id, "old");
  EXPECT_EQ(keys.ignored_keys(), 0U);
}

TEST(KeySet, A13UselessKeysOfAJwksArePassedOver) {
  const KeySet keys = keys_from(
      jwks({rsa_jwk(rsa_key(), R"("use":"enc","alg":"RSA-OAEP")"), R"({"kty":"EC","crv":"P-521"})",
            R"({"kty":"future"})", p256_jwk(p256_key())}));
  EXPECT_EQ(keys.keys().size(), 1U);
  EXPECT_EQ(keys.ignored_keys(), 3U);
  EXPECT_EQ(refusal(jwks({})), KeyErrc::no_usable_key);
  EXPECT_EQ(refusal(jwks({R"({"kty":"future"})"})), KeyErrc::no_usable_key);
}

TEST(KeySet, A13BrokenKeysOfAJwksRefuseTheFile) {
  EXPECT_EQ(refusal(jwks({p256_jwk(p256_key()), R"({"kty":"oct","k":"c2hvcnQ"})"})),
            KeyErrc::secret_too_short);
  EXPECT_EQ(refusal(jwks({"7"})), KeyErrc::bad_jwk);
  EXPECT_EQ(refusal(R"({"keys":{}})"), KeyErrc::bad_jwk);
}

TEST(KeySet, A13AtMost16Keys) {
  std::string keys = ed25519_jwk(ed25519_key());
  for (int i = 1; i < 16; ++i) keys += "," + ed25519_jwk(ed25519_key());
  EXPECT_EQ(keys_from(jwks({keys})).keys().size(), kMaxKeys);
  EXPECT_EQ(refusal(jwks({keys, ed25519_jwk(ed25519_key())})), KeyErrc::too_many_keys);
}

TEST(KeySet, EveryRefusalHasItsOwnSentence) {
  std::set<std::string_view> sentences;
  for (int i = 0; i <= static_cast<int>(KeyErrc::too_many_keys); ++i) {
    const std::string_view sentence = explain(static_cast<KeyErrc>(i));
    EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
  }
}

TEST(KeySet, LeavesNothingInTheErrorQueue) {
  ERR_clear_error();
  EXPECT_EQ(refusal("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"),
            KeyErrc::bad_pem);
  static_cast<void>(keys_from(public_pem(rsa_key())));
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

}  // namespace
}  // namespace weft::connection
