// SPDX-License-Identifier: Apache-2.0
#include "connection/jwt.h"

#include "token_fixtures.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::connection {
namespace {

using namespace testing;

const KeySet& secret_keys() {
  static const KeySet keys = keys_from(kSecret);
  return keys;
}

JwtErrc refusal(ByteView token, const KeySet& keys = secret_keys(), WallMs now = kNow) {
  const Result<Claims, JwtErrc> claims = verify_jwt(token, keys, now);
  if (claims) throw std::runtime_error("the token was accepted");
  return claims.error();
}

/// Requires: the token is good.
Claims accepted(ByteView token, const KeySet& keys = secret_keys(), WallMs now = kNow) {
  const Result<Claims, JwtErrc> claims = verify_jwt(token, keys, now);
  if (!claims) throw std::runtime_error(std::string(explain(claims.error())));
  return *claims;
}

JwtErrc header_refusal(const std::string& header) {
  return refusal(signed_token(header, kPayload));
}
JwtErrc payload_refusal(const std::string& payload) {
  return refusal(signed_token(kHeader, payload));
}
/// A good payload with this in the place of its `exp` member.
std::string payload_with_expiry(const std::string& member) {
  return R"({"sub":"ada",)" + member + kAllCanvases + "}";
}
/// A good payload with one more member.
std::string payload_with(const std::string& member) {
  return R"({"sub":"ada",)" + kFarExpiry + "," + kAllCanvases + "," + member + "}";
}
std::string payload_with_subject(const std::string& value) {
  return R"({"sub":)" + value + "," + kFarExpiry + "," + kAllCanvases + "}";
}
std::string payload_with_canvases(const std::string& value) {
  return R"({"sub":"ada",)" + kFarExpiry + R"(,"canvases":)" + value + "}";
}

Claims some_claims() {
  return {.user = "ada",
          .name = "Ada",
          .color = "#ff8800",
          .avatar = "https://example.com/ada.png",
          .canvases = {{"plan", Role::admin}, {"team:*", Role::edit}},
          .expires_ms = kNow + 60'000,
          .not_before_ms = kNow - 60'000};
}

std::string signature_of(const std::string& token) {
  return token.substr(token.rfind('.') + 1);
}
std::string with_signature(const std::string& token, ByteView raw_signature) {
  return token.substr(0, token.rfind('.') + 1) + encode_base64url(raw_signature);
}

// Every algorithm

struct AlgorithmCase {
  const char* name;
  KeySet keys;
};

/// One signing key per algorithm, read once: checking a private RSA key takes a while.
const std::vector<AlgorithmCase>& every_algorithm() {
  static const std::vector<AlgorithmCase> cases = [] {
    std::vector<AlgorithmCase> made;
    const auto add = [&](const char* name, const std::string& file) {
      made.push_back({name, keys_from(file)});
    };
    add("HS256", kSecret);
    add("HS384", secret_jwk(std::string(48, 's'), R"("alg":"HS384")"));
    add("HS512", secret_jwk(std::string(64, 's'), R"("alg":"HS512")"));
    add("RS256", private_pem(rsa_key()));
    const std::string members = rsa_private_members(rsa_key());
    for (const char* name : {"RS384", "RS512", "PS256", "PS384", "PS512"}) {
      add(name, rsa_jwk(rsa_key(), R"("alg":")" + std::string(name) + "\"," + members));
    }
    add("ES256", private_pem(p256_key()));
    add("EdDSA", private_pem(ed25519_key()));
    return made;
  }();
  return cases;
}

std::string mint(const Claims& claims, const KeySet& keys) {
  const Result<std::string, MintErrc> token = mint_jwt(claims, *keys.signing_key());
  if (!token) throw std::runtime_error(std::string(explain(token.error())));
  return *token;
}

TEST(Jwt, A8EveryAlgorithmVerifiesWhatItSigned) {
  for (const AlgorithmCase& algorithm : every_algorithm()) {
    SCOPED_TRACE(algorithm.name);
    const KeySet& keys = algorithm.keys;
    EXPECT_EQ(name_of(keys.keys().front().algorithm), algorithm.name);
    EXPECT_EQ(accepted(mint(some_claims(), keys), keys), some_claims());
  }
}

TEST(Jwt, A8PublicKeysVerifyWhatPrivateKeysSigned) {
  for (const TestKey& key : {rsa_key(), p256_key(), ed25519_key()}) {
    const std::string token = mint(some_claims(), keys_from(private_pem(key)));
    EXPECT_EQ(accepted(token, keys_from(public_pem(key))), some_claims());
  }
}

TEST(Jwt, A8NoAlgorithmTakesAnothersToken) {
  for (const AlgorithmCase& signer : every_algorithm()) {
    const std::string token = mint(some_claims(), signer.keys);
    for (const AlgorithmCase& verifier : every_algorithm()) {
      if (&signer == &verifier) continue;
      EXPECT_EQ(refusal(token, verifier.keys), JwtErrc::algorithm_not_accepted)
          << signer.name << " at " << verifier.name;
    }
  }
}

TEST(Jwt, A8AnotherKeyOfTheSameKindRefuses) {
  EXPECT_EQ(refusal(signed_token(kHeader, kPayload), keys_from(std::string(32, 'x'))),
            JwtErrc::bad_signature);
  EXPECT_EQ(refusal(mint(some_claims(), keys_from(private_pem(p256_key()))),
                    keys_from(public_pem(make_ec("P-256")))),
            JwtErrc::bad_signature);
  EXPECT_EQ(refusal(mint(some_claims(), keys_from(private_pem(ed25519_key()))),
                    keys_from(public_pem(make_ed25519()))),
            JwtErrc::bad_signature);
  EXPECT_EQ(refusal(mint(some_claims(), keys_from(private_pem(rsa_key()))),
                    keys_from(public_pem(make_rsa(2048)))),
            JwtErrc::bad_signature);
}

// Published vectors. Their payloads are not ours, so the refusal is the first one after the
// signature. ---

const std::string kRfc7515Payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";

TEST(Jwt, A8Rfc7515AppendixA1Hs256) {
  const KeySet keys = keys_from(
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})");
  const std::string message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + kRfc7515Payload;
  EXPECT_EQ(refusal(message + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", keys),
            JwtErrc::bad_subject);
  EXPECT_EQ(refusal(message + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", keys),
            JwtErrc::bad_base64url);
  EXPECT_EQ(refusal(message + ".eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", keys),
            JwtErrc::bad_signature);
}

TEST(Jwt, A8Rfc7515AppendixA2Rs256) {
  const KeySet keys = keys_from(
      R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJr)"
      R"(cS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5)"
      R"(rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8)"
      R"(NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})");
  const std::string message = "eyJhbGciOiJSUzI1NiJ9." + kRfc7515Payload;
  const std::string signature =
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CU"
      "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
      "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
      "O--xi12jzDwusC-"
      "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0i"
      "g"
      "cN_IoypGlUPQGe77Rw";
  EXPECT_EQ(refusal(message + "." + signature, keys), JwtErrc::bad_subject);
  EXPECT_EQ(refusal(message + ".d" + signature.substr(1), keys), JwtErrc::bad_signature);
}

TEST(Jwt, A8Rfc7515AppendixA3Es256) {
  const KeySet keys =
      keys_from(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  const std::string message = "eyJhbGciOiJFUzI1NiJ9." + kRfc7515Payload;
  const std::string signature =
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  EXPECT_EQ(refusal(message + "." + signature, keys), JwtErrc::bad_subject);
  EXPECT_EQ(refusal(message + ".E" + signature.substr(1), keys), JwtErrc::bad_signature);
}

TEST(Jwt, A8Rfc7515AppendixA5Unsecured) {
  EXPECT_EQ(refusal("eyJhbGciOiJub25lIn0." + kRfc7515Payload + "."),
            JwtErrc::algorithm_not_accepted);
}

TEST(Jwt, A8Rfc8037AppendixA4Ed25519) {
  const KeySet keys =
      keys_from(R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
                R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  const std::string message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string signature =
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_EQ(refusal(message + "." + signature, keys), JwtErrc::bad_payload);
  EXPECT_EQ(refusal(message + ".i" + signature.substr(1), keys), JwtErrc::bad_signature);
}

// Form

/// A good token of exactly this many bytes: a claim of no meaning fills the payload, a header
/// member what is left.
std::string token_of_size(std::size_t size) {
  for (const std::string& header : {kHeader, std::string(R"({"alg":"HS256","x":1})"),
                                    std::string(R"({"alg":"HS256","x":12})")}) {
    const std::size_t overhead = signed_token(header, payload_with(R"("x":"")")).size();
    for (std::size_t padding = (size - overhead) * 3 / 4 - 3; padding < size; ++padding) {
      const std::string token =
          signed_token(header, payload_with(R"("x":")" + std::string(padding, 'x') + "\""));
      if (token.size() == size) return token;
      if (token.size() > size) break;
    }
  }
  throw std::runtime_error("no token of that size");
}

TEST(Jwt, A1TokenHasAtMost8KiB) {
  EXPECT_EQ(accepted(token_of_size(8192)).user, "ada");
  EXPECT_EQ(refusal(token_of_size(8193)), JwtErrc::too_large);
}

TEST(Jwt, A2TokenHasThreeParts) {
  const std::string token = signed_token(kHeader, kPayload);
  EXPECT_EQ(refusal(""), JwtErrc::not_three_segments);
  EXPECT_EQ(refusal("token"), JwtErrc::not_three_segments);
  EXPECT_EQ(refusal(unsigned_token(kHeader, kPayload)), JwtErrc::not_three_segments);
  EXPECT_EQ(refusal(token + "."), JwtErrc::not_three_segments);
  EXPECT_EQ(refusal("." + token), JwtErrc::not_three_segments);
  EXPECT_EQ(refusal(token + ".e30.e30"), JwtErrc::not_three_segments);
  EXPECT_EQ(refusal(std::string(8192, '.')), JwtErrc::not_three_segments);
  EXPECT_EQ(refusal(".."), JwtErrc::bad_header);
}

TEST(Jwt, A3PartsAreStrictBase64url) {
  const std::string token = signed_token(kHeader, kPayload);
  EXPECT_EQ(refusal(token + "="), JwtErrc::bad_base64url);
  EXPECT_EQ(refusal(token + "\n"), JwtErrc::bad_base64url);
  EXPECT_EQ(refusal(" " + token), JwtErrc::bad_base64url);
  EXPECT_EQ(refusal("Bearer " + token), JwtErrc::bad_base64url);
  EXPECT_EQ(refusal(token + std::string(1, '\0')), JwtErrc::bad_base64url);
  EXPECT_EQ(refusal("\xC3\xA4" + token), JwtErrc::bad_base64url);
  for (const char* part : {"A", "AAAAA", "AB", "AAB", "AA+A", "AA/A", "AAA=", "AA\tA"}) {
    EXPECT_EQ(decode_base64url(part), std::nullopt) << part;
  }
}

TEST(Jwt, A3Base64urlOfRfc4648Section10) {
  const std::vector<std::pair<std::string, std::string>> vectors{
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF", "-_8"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64url(bytes), text);
    EXPECT_EQ(decode_base64url(text), bytes);
  }
}

TEST(Jwt, A3StrayBitsInTheLastCharacterAreRefused) {
  std::string token = signed_token(kHeader, kPayload);
  // 32 bytes leave two bits of the last character unused; a lax decoder reads these as the same
  // signature.
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t digit = alphabet.find(token.back());
  for (std::size_t stray = 1; stray < 4; ++stray) {
    token.back() = alphabet[digit + stray];
    EXPECT_EQ(refusal(token), JwtErrc::bad_base64url);
  }
}

TEST(Jwt, A3NoByteCanChange) {
  Claims small_claims;
  small_claims.user = "a";
  small_claims.expires_ms = kNow + 1;
  for (const AlgorithmCase& algorithm : every_algorithm()) {
    SCOPED_TRACE(algorithm.name);
    const KeySet& keys = algorithm.keys;
    const std::string token = mint(small_claims, keys);
    for (std::size_t i = 0; i < token.size(); ++i) {
      std::string changed = token;
      changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
      EXPECT_FALSE(verify_jwt(changed, keys, kNow)) << i;
      EXPECT_FALSE(verify_jwt(token.substr(0, i), keys, kNow)) << i;
    }
  }
}

TEST(Jwt, A3NoByteCanBecomeAnyOther) {
  const std::string token = signed_token(kHeader, R"({"sub":"a","exp":1800000000,"canvases":{}})");
  ASSERT_TRUE(verify_jwt(token, secret_keys(), kNow));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    for (int byte = 0; byte < 256; ++byte) {
      changed[i] = static_cast<char>(byte);
      if (changed[i] == token[i]) continue;
      EXPECT_FALSE(verify_jwt(changed, secret_keys(), kNow)) << i << " " << byte;
    }
  }
}

TEST(Jwt, A4HeaderIsAnObjectWithATextAlg) {
  for (const char* header :
       {"", "null", "7", "\"HS256\"", "[]", R"(["alg","HS256"])", "{}", R"({"alg":null})",
        R"({"alg":256})", R"({"alg":["HS256"]})", R"({"alg":"HS256")", R"({'alg':'HS256'})",
        R"({"alg":"HS256",})", R"({"alg":"HS256"}{})", R"({"alg":"HS256"} x)"}) {
    EXPECT_EQ(header_refusal(header), JwtErrc::bad_header) << header;
  }
}

TEST(Jwt, A4CritIsRefused) {
  for (const char* crit : {R"(["exp"])", R"(["b64"])", "[]", "null", "\"exp\""}) {
    EXPECT_EQ(header_refusal(R"({"alg":"HS256","crit":)" + std::string(crit) + R"(,"exp":1})"),
              JwtErrc::critical_header)
        << crit;
  }
}

TEST(Jwt, A4OtherHeaderMembersAreIgnored) {
  for (const char* member :
       {R"("typ":"JWT")", R"("typ":"at+jwt")", R"("cty":"x")", R"("jku":"https://a.example")"}) {
    EXPECT_EQ(
        accepted(signed_token(R"({"alg":"HS256",)" + std::string(member) + "}", kPayload)).user,
        "ada");
  }
}

TEST(Jwt, A4TokenCannotBringItsOwnKey) {
  const TestKey own_key = make_ec("P-256");
  const std::string header = R"({"alg":"ES256","jwk":)" + p256_jwk(own_key) + "}";
  const KeySet attacker = keys_from(private_pem(own_key));
  const std::string minted = mint(some_claims(), attacker);
  const std::string token = encode_base64url(header) + minted.substr(minted.find('.'));
  EXPECT_EQ(refusal(token, keys_from(public_pem(p256_key()))), JwtErrc::bad_signature);
}

TEST(Jwt, A5RepeatedNamesAreRefused) {
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","alg":"HS256"})"), JwtErrc::bad_header);
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","\u0061lg":"none"})"), JwtErrc::bad_header);
  EXPECT_EQ(payload_refusal(payload_with(R"("sub":"eve")")), JwtErrc::bad_payload);
  EXPECT_EQ(payload_refusal(payload_with(R"("exp":9000000000)")), JwtErrc::bad_payload);
  EXPECT_EQ(payload_refusal(payload_with(R"("x":[{"a":1,"a":2}])")), JwtErrc::bad_payload);
  EXPECT_EQ(payload_refusal(payload_with_canvases(R"({"a":"view","a":"admin"})")),
            JwtErrc::bad_payload);
  // The same name in different objects is not a repetition.
  EXPECT_EQ(
      accepted(signed_token(kHeader, payload_with(R"("x":{"sub":1},"y":[{"a":1},{"a":2}])"))).user,
      "ada");
}

TEST(Jwt, A5NestingIsBounded) {
  const auto nested_lists = [](std::size_t depth) {
    return payload_with("\"x\":" + std::string(depth, '[') + std::string(depth, ']'));
  };
  EXPECT_EQ(accepted(signed_token(kHeader, nested_lists(15))).user, "ada");
  EXPECT_EQ(payload_refusal(nested_lists(16)), JwtErrc::bad_payload);
  EXPECT_EQ(payload_refusal(nested_lists(2500)), JwtErrc::bad_payload);
  EXPECT_EQ(payload_refusal(std::string(5000, '[')), JwtErrc::bad_payload);
  std::string nested_objects = "1";
  for (int i = 0; i < 16; ++i) nested_objects = R"({"a":)" + nested_objects + "}";
  EXPECT_EQ(payload_refusal(payload_with("\"x\":" + nested_objects)), JwtErrc::bad_payload);
}

TEST(Jwt, A5PayloadIsOneJsonObject) {
  for (const std::string payload :
       {"", "null", "[]", "\"ada\"", "{", "{}{}", "{} x", "{\"a\":NaN}", "{\"a\":1e999}",
        "{\"a\":01}", "{/**/}", "\xEF\xBB\xBF{}", "{\"a\":\"\xFF\"}", "{\"a\":\"\xC0\x80\"}",
        "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}"}) {
    EXPECT_EQ(payload_refusal(payload), JwtErrc::bad_payload) << payload;
  }
  EXPECT_EQ(payload_refusal(kPayload + std::string(1, '\0')), JwtErrc::bad_payload);
  EXPECT_EQ(payload_refusal(kPayload + std::string(1, '\0') + "x"), JwtErrc::bad_payload);
  EXPECT_EQ(accepted(signed_token(kHeader, " \r\n" + kPayload + "\n")).user, "ada");
}

TEST(Jwt, A6ClaimsAreNotLookedAtBeforeTheSignature) {
  const std::string nonsense =
      with_signature(signed_token(kHeader, "not json"), std::string(32, 's'));
  EXPECT_EQ(refusal(nonsense), JwtErrc::bad_signature);
  const std::string expired = with_signature(
      signed_token(kHeader, payload_with_expiry(R"("exp":1,)")), std::string(32, 's'));
  EXPECT_EQ(refusal(expired), JwtErrc::bad_signature);
}

TEST(Jwt, A6EveryRefusalHasItsOwnSentence) {
  std::set<std::string_view> sentences;
  for (int i = 0; i <= static_cast<int>(JwtErrc::not_yet_valid); ++i) {
    EXPECT_TRUE(sentences.insert(explain(static_cast<JwtErrc>(i))).second) << i;
  }
  for (int i = 0; i <= static_cast<int>(MintErrc::signing_failed); ++i) {
    EXPECT_TRUE(sentences.insert(explain(static_cast<MintErrc>(i))).second) << i;
  }
  for (const std::string_view sentence : sentences)
    EXPECT_TRUE(sentence.ends_with('.')) << sentence;
}

// Algorithm and key

TEST(Jwt, A8NoneIsRefused) {
  for (const char* name : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string header = R"({"alg":")" + std::string(name) + "\"}";
    EXPECT_EQ(refusal(unsigned_token(header, kPayload) + "."), JwtErrc::algorithm_not_accepted)
        << name;
    EXPECT_EQ(header_refusal(header), JwtErrc::algorithm_not_accepted) << name;
  }
}

TEST(Jwt, A8NamesAreCaseSensitive) {
  for (const char* name :
       {"hs256", "Hs256", "HS256 ", " HS256", "HS-256", "HS256\\u0000", "\xEF\xBC\xA8S256"}) {
    EXPECT_EQ(header_refusal(R"({"alg":")" + std::string(name) + "\"}"),
              JwtErrc::algorithm_not_accepted)
        << name;
  }
}

TEST(Jwt, A8PublicKeyIsNoHmacSecret) {
  // The attacker knows the public PEM and signs with its text as if it were a shared secret.
  for (const TestKey& key : {rsa_key(), p256_key(), ed25519_key()}) {
    const std::string pem = public_pem(key);
    const std::string message = unsigned_token(kHeader, kPayload);
    for (const std::string& secret : {pem, pem.substr(0, pem.size() - 1)}) {
      EXPECT_EQ(
          refusal(message + "." + encode_base64url(hmac_sha256(secret, message)), keys_from(pem)),
          JwtErrc::algorithm_not_accepted);
    }
  }
}

TEST(Jwt, A8PublicKeyIsNoHmacSecretBesideARealOne) {
  const KeySet keys = keys_from(R"({"keys":[)" + rsa_jwk(rsa_key(), R"("kid":"rsa")") + "," +
                                secret_jwk(kSecret, R"("kid":"secret")") + "]}");
  const std::string message = unsigned_token(R"({"alg":"HS256","kid":"rsa"})", kPayload);
  EXPECT_EQ(
      refusal(message + "." + encode_base64url(hmac_sha256(public_pem(rsa_key()), message)), keys),
      JwtErrc::unknown_key);
}

TEST(Jwt, A15KidSelectsAmongTwoKeys) {
  const KeySet old_key = keys_from(secret_jwk(std::string(32, 'o'), R"("kid":"old")"));
  const KeySet new_key = keys_from(secret_jwk(std::string(32, 'n'), R"("kid":"new")"));
  const KeySet both =
      keys_from(R"({"keys":[)" + secret_jwk(std::string(32, 'n'), R"("kid":"new")") + "," +
                secret_jwk(std::string(32, 'o'), R"("kid":"old")") + "]}");
  EXPECT_EQ(accepted(mint(some_claims(), old_key), both), some_claims());
  EXPECT_EQ(accepted(mint(some_claims(), new_key), both), some_claims());
  EXPECT_EQ(refusal(mint(some_claims(), old_key), new_key), JwtErrc::unknown_key);

  // The right signature under the other key's name is not tried with the first.
  const KeySet liar = keys_from(secret_jwk(std::string(32, 'n'), R"("kid":"old")"));
  EXPECT_EQ(refusal(mint(some_claims(), liar), both), JwtErrc::bad_signature);
}

TEST(Jwt, A15WithoutKidEveryKeyOfTheAlgorithmIsTried) {
  const KeySet both =
      keys_from(R"({"keys":[)" + secret_jwk(std::string(32, 'n'), R"("kid":"new")") + "," +
                secret_jwk(kSecret, R"("kid":"old")") + "]}");
  EXPECT_EQ(accepted(signed_token(kHeader, kPayload), both).user, "ada");
}

TEST(Jwt, A15KeyWithoutIdGoesWithEveryKid) {
  EXPECT_EQ(accepted(signed_token(R"({"alg":"HS256","kid":"2026-01"})", kPayload)).user, "ada");
}

TEST(Jwt, A4KidIsAText) {
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","kid":7})"), JwtErrc::bad_header);
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","kid":null})"), JwtErrc::bad_header);
}

// Signatures

TEST(Jwt, A16SignaturesHaveTheirExactLength) {
  for (const AlgorithmCase& algorithm : every_algorithm()) {
    SCOPED_TRACE(algorithm.name);
    const KeySet& keys = algorithm.keys;
    const std::string token = mint(some_claims(), keys);
    const Bytes signature = decode_base64url(signature_of(token)).value();
    EXPECT_EQ(refusal(with_signature(token, ""), keys), JwtErrc::bad_signature);
    for (std::size_t size = 1; size < signature.size(); ++size) {
      EXPECT_EQ(refusal(with_signature(token, ByteView(signature).substr(0, size)), keys),
                JwtErrc::bad_signature)
          << size;
    }
    EXPECT_EQ(refusal(with_signature(token, signature + '\0'), keys), JwtErrc::bad_signature);
    EXPECT_EQ(refusal(with_signature(token, '\0' + signature), keys), JwtErrc::bad_signature);
    EXPECT_EQ(refusal(with_signature(token, signature + signature), keys), JwtErrc::bad_signature);
    EXPECT_EQ(refusal(with_signature(token, Bytes(signature.size(), '\0')), keys),
              JwtErrc::bad_signature);
    EXPECT_EQ(refusal(with_signature(token, Bytes(signature.size(), '\xFF')), keys),
              JwtErrc::bad_signature);
  }
}

TEST(Jwt, A16Es256IsNotDer) {
  const std::string message = unsigned_token(R"({"alg":"ES256"})", kPayload);
  const Bytes der = openssl_signature(p256_key(), EVP_sha256(), message);
  EXPECT_EQ(refusal(message + "." + encode_base64url(der), keys_from(public_pem(p256_key()))),
            JwtErrc::bad_signature);
}

TEST(Jwt, A16Es256ScalarsAreFromOneToTheOrder) {
  const KeySet keys = keys_from(private_pem(p256_key()));
  const std::string token = mint(some_claims(), keys);
  const Bytes signature = decode_base64url(signature_of(token)).value();
  const Bytes zero(32, '\0');
  EXPECT_EQ(refusal(with_signature(token, zero + signature.substr(32)), keys),
            JwtErrc::bad_signature);
  EXPECT_EQ(refusal(with_signature(token, signature.substr(0, 32) + zero), keys),
            JwtErrc::bad_signature);

  // r plus the order is the same r to a verifier that reduces it; it must fit 32 bytes to be tried.
  BIGNUM* order = nullptr;
  ASSERT_EQ(EVP_PKEY_get_bn_param(p256_key().get(), OSSL_PKEY_PARAM_EC_ORDER, &order), 1);
  Bytes order_bytes(32, '\0');
  BN_bn2binpad(order, reinterpret_cast<unsigned char*>(order_bytes.data()), 32);
  BN_free(order);
  EXPECT_EQ(refusal(with_signature(token, order_bytes + signature.substr(32)), keys),
            JwtErrc::bad_signature);
  EXPECT_EQ(refusal(with_signature(token, order_bytes + order_bytes), keys),
            JwtErrc::bad_signature);
}

TEST(Jwt, A16SignatureOfAnotherCurveIsRefused) {
  const std::string message = unsigned_token(R"({"alg":"ES256"})", kPayload);
  const Bytes der = openssl_signature(make_ec("P-384"), EVP_sha256(), message);
  const KeySet keys = keys_from(public_pem(p256_key()));
  EXPECT_EQ(refusal(message + "." + encode_base64url(der), keys), JwtErrc::bad_signature);
  EXPECT_EQ(refusal(message + "." + encode_base64url(Bytes(96, 's')), keys),
            JwtErrc::bad_signature);
  EXPECT_EQ(refusal(unsigned_token(R"({"alg":"ES384"})", kPayload) + "." +
                        encode_base64url(Bytes(96, 's')),
                    keys),
            JwtErrc::algorithm_not_accepted);
}

TEST(Jwt, A16RsaPaddingsDoNotMix) {
  // The token says PS256 but carries the PKCS #1 v1.5 signature that RS256 makes.
  const KeySet keys = keys_from(rsa_jwk(rsa_key(), R"("alg":"PS256")"));
  const std::string message = unsigned_token(R"({"alg":"PS256"})", kPayload);
  EXPECT_EQ(
      refusal(message + "." + encode_base64url(openssl_signature(rsa_key(), EVP_sha256(), message)),
              keys),
      JwtErrc::bad_signature);
}

TEST(Jwt, A16PssSaltIsAsLongAsTheHash) {
  // RFC 7518 section 3.5.
  const KeySet keys = keys_from(rsa_jwk(rsa_key(), R"("alg":"PS256")"));
  const std::string message = unsigned_token(R"({"alg":"PS256"})", kPayload);
  const auto with_salt = [&](int bytes) {
    return message + "." +
           encode_base64url(openssl_signature(rsa_key(), EVP_sha256(), message, bytes));
  };
  EXPECT_EQ(accepted(with_salt(32), keys).user, "ada");
  for (const int bytes : {0, 20, 31, 33, 64}) {
    EXPECT_EQ(refusal(with_salt(bytes), keys), JwtErrc::bad_signature) << bytes;
  }
}

TEST(Jwt, A16DigestsDoNotMix) {
  const std::string message = unsigned_token(R"({"alg":"RS256"})", kPayload);
  const KeySet keys = keys_from(public_pem(rsa_key()));
  const auto with_digest = [&](const EVP_MD* digest) {
    return message + "." + encode_base64url(openssl_signature(rsa_key(), digest, message));
  };
  EXPECT_EQ(accepted(with_digest(EVP_sha256()), keys).user, "ada");
  EXPECT_EQ(refusal(with_digest(EVP_sha512()), keys), JwtErrc::bad_signature);
  EXPECT_EQ(refusal(with_digest(EVP_sha1()), keys), JwtErrc::bad_signature);
}

// Claims

TEST(Jwt, A17ExpiryIsRequired) {
  EXPECT_EQ(payload_refusal(payload_with_expiry("")), JwtErrc::missing_expiry);
}

TEST(Jwt, A17ExpiryIsANumberOfSeconds) {
  for (const char* value :
       {"\"1800000000\"", "null", "true", "[1800000000]", "{}", "-1", "-0.5", "-1e300",
        "9007199254740993", "18446744073709551615", "18446744073709551616", "1e17", "1e300",
        "-9223372036854775808", "\"NaN\"", "\"Infinity\""}) {
    EXPECT_EQ(payload_refusal(payload_with_expiry(R"("exp":)" + std::string(value) + ",")),
              JwtErrc::bad_expiry)
        << value;
  }
  for (const char* value :
       {"NaN", "Infinity", "-Infinity", "1e999", "0x7fffffff", "+1800000000", "01800000000"}) {
    EXPECT_EQ(payload_refusal(payload_with_expiry(R"("exp":)" + std::string(value) + ",")),
              JwtErrc::bad_payload)
        << value;
  }
}

TEST(Jwt, A17WholeAndDecimalSecondsAreRead) {
  const auto expires_ms = [](const std::string& value) {
    return accepted(signed_token(kHeader, payload_with_expiry(R"("exp":)" + value + ",")))
        .expires_ms;
  };
  EXPECT_EQ(expires_ms("1800000000"), 1'800'000'000'000);
  EXPECT_EQ(expires_ms("1800000000.25"), 1'800'000'000'250);
  EXPECT_EQ(expires_ms("1800000000.123"), 1'800'000'000'123);
  EXPECT_EQ(expires_ms("1800000000.0006"), 1'800'000'000'001);
  EXPECT_EQ(expires_ms("1800000000.0004"), 1'800'000'000'000);
  EXPECT_EQ(expires_ms("1.8e9"), 1'800'000'000'000);
  EXPECT_EQ(expires_ms("9007199254740992"), 9'007'199'254'740'992'000);
  EXPECT_EQ(expires_ms("9007199254740992.0"), 9'007'199'254'740'992'000);
}

TEST(Jwt, A17ExpiryIsExact) {
  const std::string token = signed_token(kHeader, kPayload);
  EXPECT_EQ(accepted(token, secret_keys(), 1'799'999'999'999).user, "ada");
  EXPECT_EQ(refusal(token, secret_keys(), 1'800'000'000'000), JwtErrc::expired);
  EXPECT_EQ(payload_refusal(payload_with_expiry(R"("exp":0,)")), JwtErrc::expired);
  EXPECT_EQ(payload_refusal(payload_with_expiry(R"("exp":-0.0,)")), JwtErrc::expired);
}

TEST(Jwt, A18NotBeforeHasLeeway) {
  const auto token = [](WallMs seconds) {
    return signed_token(kHeader, payload_with("\"nbf\":" + std::to_string(seconds)));
  };
  EXPECT_EQ(accepted(token(kNowSeconds - 1)).not_before_ms, kNow - 1000);
  EXPECT_EQ(accepted(token(kNowSeconds + 30)).user, "ada");
  EXPECT_EQ(refusal(token(kNowSeconds + 31)), JwtErrc::not_yet_valid);
  EXPECT_EQ(refusal(token(kNowSeconds + 30), secret_keys(), kNow - 1), JwtErrc::not_yet_valid);
  EXPECT_EQ(refusal(token(9'007'199'254'740'992)), JwtErrc::not_yet_valid);
}

TEST(Jwt, A18NotBeforeIsANumberOfSeconds) {
  for (const char* value : {"\"0\"", "null", "-1", "9007199254740993", "1e300", "[]"}) {
    EXPECT_EQ(payload_refusal(payload_with("\"nbf\":" + std::string(value))),
              JwtErrc::bad_not_before)
        << value;
  }
}

TEST(Jwt, A18OtherRegisteredClaimsAreIgnored) {
  EXPECT_EQ(
      accepted(signed_token(kHeader, payload_with(R"("iat":"soon","iss":7,"aud":[],"jti":null)")))
          .user,
      "ada");
}

TEST(Jwt, A19SubjectIsRequired) {
  EXPECT_EQ(payload_refusal("{" + kFarExpiry + "," + kAllCanvases + "}"), JwtErrc::bad_subject);
  for (const std::string value :
       {"null", "7", "[]", "\"\"", R"("a\u0000b")", R"("a\nb")", R"("\u007f")", R"("\u0085")"}) {
    EXPECT_EQ(payload_refusal(payload_with_subject(value)), JwtErrc::bad_subject) << value;
  }
  EXPECT_EQ(
      accepted(signed_token(kHeader, payload_with_subject("\"" + std::string(128, 'u') + "\"")))
          .user.size(),
      128U);
  EXPECT_EQ(payload_refusal(payload_with_subject("\"" + std::string(129, 'u') + "\"")),
            JwtErrc::bad_subject);
}

TEST(Jwt, A19TextIsUnicode) {
  // Two, three and four bytes each, and a surrogate pair as escapes.
  const std::string name = "J\xC3\xB6rg \xE2\x82\xAC \xF0\x9F\x8E\xA8";
  EXPECT_EQ(accepted(signed_token(kHeader, payload_with("\"name\":\"" + name + "\""))).name, name);
  EXPECT_EQ(accepted(signed_token(kHeader, payload_with(R"("name":"\ud83c\udfa8")"))).name,
            "\xF0\x9F\x8E\xA8");
  EXPECT_EQ(accepted(signed_token(kHeader, payload_with_subject(R"("J\u00f6rg")"))).user,
            "J\xC3\xB6rg");
}

TEST(Jwt, A19ProfileIsOptional) {
  const Claims claims = accepted(signed_token(kHeader, kPayload));
  EXPECT_EQ(claims.name, "");
  EXPECT_EQ(claims.color, "");
  EXPECT_EQ(claims.avatar, "");
}

TEST(Jwt, A19ProfileHasTypesAndBounds) {
  const auto text = [](const char* claim, const std::string& value) {
    return payload_with("\"" + std::string(claim) + "\":\"" + value + "\"");
  };
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(accepted(signed_token(kHeader, text("name", umlauts))).name, umlauts);
  EXPECT_EQ(payload_refusal(text("name", umlauts + "a")), JwtErrc::bad_profile);
  EXPECT_EQ(accepted(signed_token(kHeader, text("color", std::string(64, 'c')))).color.size(), 64U);
  EXPECT_EQ(payload_refusal(text("color", std::string(65, 'c'))), JwtErrc::bad_profile);
  EXPECT_EQ(accepted(signed_token(kHeader, text("avatar", std::string(2048, 'a')))).avatar.size(),
            2048U);
  EXPECT_EQ(payload_refusal(text("avatar", std::string(2049, 'a'))), JwtErrc::bad_profile);
  for (const char* claim : {"name", "color", "avatar"}) {
    for (const char* value : {"null", "7", "{}", "[\"a\"]", R"("a\u0007")"}) {
      EXPECT_EQ(payload_refusal(payload_with("\"" + std::string(claim) + "\":" + value)),
                JwtErrc::bad_profile)
          << claim << " " << value;
    }
  }
}

TEST(Jwt, A20CanvasesIsAMapToRoles) {
  EXPECT_EQ(payload_refusal(R"({"sub":"ada",)" + kFarExpiry + "}"), JwtErrc::bad_canvases);
  for (const char* value : {"null", "\"*\"", "[]", R"(["*"])", R"({"*":null})", R"({"*":3})",
                            R"({"*":"owner"})", R"({"*":"Edit"})", R"({"*":["edit"]})"}) {
    EXPECT_EQ(payload_refusal(payload_with_canvases(value)), JwtErrc::bad_canvases) << value;
  }
  const std::vector<CanvasGrant> grants{{"a", Role::view}, {"b*", Role::admin}};
  EXPECT_EQ(accepted(signed_token(kHeader, payload_with_canvases(R"({"b*":"admin","a":"view"})")))
                .canvases,
            grants);
  EXPECT_TRUE(accepted(signed_token(kHeader, payload_with_canvases("{}"))).canvases.empty());
}

TEST(Jwt, A21PatternsAreBoundedInNumberAndShape) {
  for (const std::string pattern : {"", "a b", "a/b", "\xC3\xA4"}) {
    EXPECT_EQ(payload_refusal(payload_with_canvases("{\"" + pattern + R"(":"view"})")),
              JwtErrc::bad_canvases)
        << pattern;
  }
  const auto patterns = [](int count) {
    std::string map;
    for (int i = 0; i < count; ++i)
      map += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":"view")";
    return payload_with_canvases("{" + map + "}");
  };
  EXPECT_EQ(accepted(signed_token(kHeader, patterns(256))).canvases.size(), 256U);
  EXPECT_EQ(payload_refusal(patterns(257)), JwtErrc::bad_canvases);
}

// Minting

TEST(Jwt, A26MintNeedsASigningKey) {
  const KeySet keys = keys_from(public_pem(p256_key()));
  const Result<std::string, MintErrc> token = mint_jwt(some_claims(), keys.keys().front());
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error(), MintErrc::key_cannot_sign);
}

TEST(Jwt, A26MintedTokenNamesTheKey) {
  const std::string token = mint(some_claims(), keys_from(secret_jwk(kSecret, R"("kid":"2026")")));
  EXPECT_EQ(decode_base64url(token.substr(0, token.find('.'))),
            R"({"alg":"HS256","kid":"2026","typ":"JWT"})");
}

TEST(Jwt, A26MintMakesNothingThatIsRefused) {
  const auto mint_refusal = [](auto change) {
    Claims claims = some_claims();
    change(claims);
    const Result<std::string, MintErrc> token = mint_jwt(claims, *secret_keys().signing_key());
    if (token) throw std::runtime_error("the token was made");
    return token.error();
  };
  EXPECT_EQ(mint_refusal([](Claims& c) { c.user = ""; }), MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) { c.user = "\xFF"; }), MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) { c.name = std::string(65, 'a'); }), MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) { c.avatar = "\xC3"; }), MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) { c.expires_ms = -1; }), MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) { c.not_before_ms = -1000; }), MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) { c.canvases = {{"a b", Role::view}}; }),
            MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) { c.canvases = {{"a", Role::view}, {"a", Role::edit}}; }),
            MintErrc::bad_claims);
  EXPECT_EQ(mint_refusal([](Claims& c) {
              for (int i = 0; i < 60; ++i)
                c.canvases.push_back({std::to_string(i) + std::string(120, 'x'), Role::view});
            }),
            MintErrc::too_large);
}

TEST(Jwt, A17MintedMillisecondsComeBack) {
  Claims claims = some_claims();
  for (WallMs ms = 0; ms < 1000; ++ms) {
    claims.expires_ms = kNow + 1 + ms;
    EXPECT_EQ(accepted(mint(claims, secret_keys())).expires_ms, claims.expires_ms);
  }
}

TEST(Jwt, LeavesNothingInTheErrorQueue) {
  ERR_clear_error();
  for (const AlgorithmCase& algorithm : every_algorithm()) {
    const KeySet& keys = algorithm.keys;
    const std::string token = mint(some_claims(), keys);
    const Bytes signature = decode_base64url(signature_of(token)).value();
    EXPECT_EQ(refusal(with_signature(token, Bytes(signature.size(), '\x01')), keys),
              JwtErrc::bad_signature);
    EXPECT_EQ(ERR_peek_error(), 0UL) << algorithm.name;
  }
}

}  // namespace
}  // namespace weft::connection
