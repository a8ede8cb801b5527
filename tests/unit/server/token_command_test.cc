// SPDX-License-Identifier: Apache-2.0
#include "server/token_command.h"

#include "connection/authenticator.h"
#include "server/authentication.h"
#include "unit/connection/token_fixtures.h"
#include "unit/server/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::server {
namespace {

using connection::Role;
using connection::testing::ed25519_key;
using connection::testing::kNow;
using connection::testing::kSecret;
using connection::testing::p256_key;
using connection::testing::private_pem;
using connection::testing::public_pem;
using connection::testing::rsa_key;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

class TokenCommandTest : public ::testing::Test {
 protected:
  TokenCommandTest() {
    command_.key_file = folder_.write("key", kSecret + "\n");
    command_.user = "ada";
    command_.canvases = {"board-*=edit"};
  }

  std::string token() {
    auto minted = make_token(command_, kNow);
    if (minted) return minted->token;
    ADD_FAILURE() << minted.error();
    return {};
  }
  std::string refusal() {
    const auto minted = make_token(command_, kNow);
    return minted ? "minted" : minted.error();
  }
  /// As a server sees it that was started with that key file.
  connection::Authenticator server_with(const std::string& key_file) {
    Config config;
    config.auth_key_file = key_file;
    auto authentication = set_up_authentication(config);
    if (authentication) return std::move(authentication->authenticator);
    ADD_FAILURE() << authentication.error();
    return connection::Authenticator::development();
  }

  TemporaryFolder folder_;
  TokenCommand command_;
};

TEST_F(TokenCommandTest, TheServerTakesWhatItMints) {
  command_.name = "Ada";
  command_.color = "#e91e63";
  command_.avatar = "https://example.com/ada.png";
  command_.canvases = {"board-*=edit", "admin:x=admin"};
  command_.ttl_seconds = 60;
  const auto server = server_with(command_.key_file);
  const auto who = server.identify(token(), {}, "client", "board-1", kNow);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "ada");
  EXPECT_EQ(who->name, "Ada");
  EXPECT_EQ(who->color, "#e91e63");
  EXPECT_EQ(who->avatar, "https://example.com/ada.png");
  EXPECT_EQ(who->role, Role::edit);
  EXPECT_EQ(who->expires_ms, kNow + 60'000);
  EXPECT_EQ(server.identify(token(), {}, "client", "admin:x", kNow)->role, Role::admin);
  EXPECT_FALSE(server.identify(token(), {}, "client", "other", kNow));
  EXPECT_FALSE(server.identify(token(), {}, "client", "board-1", kNow + 60'000));
}

TEST_F(TokenCommandTest, PrivateKeysMintForPublicOnes) {
  for (const auto& key : {rsa_key(), p256_key(), ed25519_key()}) {
    command_.key_file = folder_.write("private.pem", private_pem(key));
    const auto server = server_with(folder_.write("public.pem", public_pem(key)));
    EXPECT_TRUE(server.identify(token(), {}, "client", "board-1", kNow));
  }
}

TEST_F(TokenCommandTest, PublicKeysCannotSign) {
  command_.key_file = folder_.write("public.pem", public_pem(p256_key()));
  EXPECT_THAT(refusal(), HasSubstr("public keys only"));
}

TEST_F(TokenCommandTest, SaysWhatIsWrongWithTheKeyFile) {
  command_.key_file = folder_.path("absent");
  EXPECT_THAT(refusal(), HasSubstr("cannot be read: No such file"));
  command_.key_file = folder_.write("short", "short\n");
  EXPECT_THAT(refusal(), HasSubstr("cannot be used: "));
}

TEST_F(TokenCommandTest, SaysWhatIsWrongWithACanvas) {
  command_.canvases = {"board"};
  EXPECT_THAT(refusal(), HasSubstr("must be PATTERN=ROLE"));
  command_.canvases = {"board=king"};
  EXPECT_THAT(refusal(), HasSubstr("\"king\" but there are view, present, edit and admin"));
  command_.canvases = {"bo ard=edit"};
  EXPECT_THAT(refusal(), HasSubstr("\"bo ard\""));
  command_.canvases = {"=edit"};
  EXPECT_THAT(refusal(), HasSubstr("\"\""));
}

TEST_F(TokenCommandTest, BoundsTheTime) {
  for (const std::int64_t ttl : {std::int64_t{0}, std::int64_t{-1}, kTokenSecondsMax + 1}) {
    command_.ttl_seconds = ttl;
    EXPECT_THAT(refusal(), HasSubstr("--ttl is " + std::to_string(ttl))) << ttl;
  }
  command_.ttl_seconds = kTokenSecondsMax;
  EXPECT_FALSE(token().empty());
}

TEST_F(TokenCommandTest, RefusesClaimsThatTheServerWouldRefuse) {
  command_.user = "";
  EXPECT_THAT(refusal(), HasSubstr("user id"));
}

TEST_F(TokenCommandTest, WarnsOfASecretThatOthersMayRead) {
  EXPECT_EQ(make_token(command_, kNow)->warning, "");
  folder_.set_mode("key", 0640);
  EXPECT_THAT(make_token(command_, kNow)->warning, HasSubstr("may read the secret"));
  folder_.set_mode("key", 0602);
  EXPECT_THAT(make_token(command_, kNow)->warning, HasSubstr("may change the key file"));
}

}  // namespace
}  // namespace weft::server
