// SPDX-License-Identifier: Apache-2.0
#include "connection/authenticator.h"

#include "connection/plain_text.h"
#include "token_fixtures.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace weft::connection {
namespace {

using namespace testing;

Authenticator with_secret() {
  return Authenticator(keys_from(kSecret));
}

std::string token_for(const std::string& canvases) {
  return signed_token(kHeader, R"({"sub":"ada","name":"Ada","color":"red","avatar":"a.png",)" +
                                   kFarExpiry + R"(,"canvases":)" + canvases + "}");
}

AuthErrc refusal(const Result<Identity, AuthRefusal>& identity) {
  if (identity) throw std::runtime_error("somebody was identified");
  EXPECT_TRUE(identity.error().reason.ends_with('.'));
  return identity.error().code;
}

TEST(Authenticator, A22IdentityHasTheHighestRole) {
  const Result<Identity, AuthRefusal> identity =
      with_secret().identify(token_for(R"({"*":"view","team:*":"admin","team:plan":"edit"})"), "",
                             "c1", "team:plan", kNow);
  ASSERT_TRUE(identity);
  EXPECT_EQ(*identity, (Identity{.user = "ada",
                                 .name = "Ada",
                                 .color = "red",
                                 .avatar = "a.png",
                                 .role = Role::admin,
                                 .expires_ms = 1'800'000'000'000}));
}

TEST(Authenticator, A23TokenIsNeeded) {
  EXPECT_EQ(refusal(with_secret().identify("", "Ada", "c1", "plan", kNow)),
            AuthErrc::token_missing);
  EXPECT_FALSE(with_secret().is_development());
}

TEST(Authenticator, A23NameOfHelloDoesNotCount) {
  const Result<Identity, AuthRefusal> identity =
      with_secret().identify(signed_token(kHeader, kPayload), "Eve", "c1", "plan", kNow);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->name, "");
}

TEST(Authenticator, A24RefusalsSayWhatToDo) {
  const std::string token = token_for(R"({"team:*":"edit"})");
  EXPECT_EQ(refusal(with_secret().identify("nonsense", "", "c1", "team:plan", kNow)),
            AuthErrc::token_invalid);
  EXPECT_EQ(refusal(with_secret().identify(token, "", "c1", "team:plan", 1'800'000'000'000)),
            AuthErrc::token_expired);
  EXPECT_EQ(refusal(with_secret().identify(token, "", "c1", "plan", kNow)), AuthErrc::not_allowed);
  EXPECT_EQ(refusal(with_secret().identify(token_for("{}"), "", "c1", "plan", kNow)),
            AuthErrc::not_allowed);
}

TEST(Authenticator, A24ForgedTokenIsNeverCalledExpired) {
  std::string token = token_for(R"({"*":"edit"})");
  token[token.size() - 5] = token[token.size() - 5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(with_secret().identify(token, "", "c1", "plan", 1'800'000'000'000)),
            AuthErrc::token_invalid);
}

TEST(Authenticator, A25DevelopmentBelievesHello) {
  const Authenticator authenticator = Authenticator::development();
  EXPECT_TRUE(authenticator.is_development());
  const Result<Identity, AuthRefusal> identity =
      authenticator.identify("", "Ada", "c1", "plan", kNow);
  ASSERT_TRUE(identity);
  EXPECT_EQ(*identity, (Identity{.user = "anon:c1",
                                 .name = "Ada",
                                 .color = "",
                                 .avatar = "",
                                 .role = Role::edit,
                                 .expires_ms = std::nullopt}));
}

TEST(Authenticator, A25DevelopmentIgnoresTokens) {
  const Result<Identity, AuthRefusal> identity =
      Authenticator::development().identify("nonsense", "Ada", "c1", "plan", kNow);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->user, "anon:c1");
}

TEST(Authenticator, A25NamesAreTidied) {
  const auto name = [](ByteView dev_name) {
    return Authenticator::development().identify("", dev_name, "c1", "plan", kNow)->name;
  };
  EXPECT_EQ(name(""), "Guest");
  EXPECT_EQ(name("   "), "Guest");
  EXPECT_EQ(name("\n\t"), "Guest");
  EXPECT_EQ(name("\xFF\xFE"), "Guest");
  EXPECT_EQ(name("  Ada Lovelace  "), "Ada Lovelace");
  EXPECT_EQ(name("A\x1B[31mda\x7F"), "A[31mda");
  EXPECT_EQ(name("\n Ada \n"), "Ada");
  EXPECT_EQ(name(std::string(63, 'a') + " b"), std::string(63, 'a'));
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(name(umlauts + umlauts), umlauts);
}

TEST(PlainText, A19CountsCharactersOfValidUtf8) {
  EXPECT_EQ(count_plain_characters(""), 0U);
  EXPECT_EQ(count_plain_characters("ada"), 3U);
  EXPECT_EQ(count_plain_characters("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xA8"), 3U);
  EXPECT_EQ(count_plain_characters("\xF4\x8F\xBF\xBF"), 1U);
}

TEST(PlainText, A19RefusesControlsAndIllFormedUtf8) {
  for (const ByteView text :
       {"\x1F", "\x7F", "\xC2\x80", "\xC2\x9F",               // controls
        "\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x8E", "\xC3(",  // cut short or out of place
        "\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF",       // longer than needed
        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"}) {
    EXPECT_EQ(count_plain_characters(text), std::nullopt);
  }
  EXPECT_EQ(count_plain_characters(ByteView("\0", 1)), std::nullopt);
}

TEST(Authenticator, ServesManyThreads) {
  Claims claims;
  claims.user = "ada";
  claims.canvases = {{"*", Role::edit}};
  claims.expires_ms = kNow + 1;
  for (const std::string& key_file :
       {kSecret, private_pem(p256_key()), private_pem(ed25519_key()), private_pem(rsa_key())}) {
    const KeySet signer = keys_from(key_file);
    const std::string token = mint_jwt(claims, *signer.signing_key()).value();
    const Authenticator authenticator(keys_from(key_file));
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 20; ++round) {
          EXPECT_TRUE(authenticator.identify(token, "", "c1", "plan", kNow));
          EXPECT_FALSE(authenticator.identify(token, "", "c1", "plan", kNow + 1));
        }
      });
    }
  }
}

}  // namespace
}  // namespace weft::connection
