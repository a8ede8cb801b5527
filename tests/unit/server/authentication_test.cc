// SPDX-License-Identifier: Apache-2.0
#include "server/authentication.h"

#include "unit/connection/token_fixtures.h"
#include "unit/server/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::server {
namespace {

using connection::testing::kSecret;
using connection::testing::p256_key;
using connection::testing::public_pem;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

Config listening_on(const std::string& host) {
  Config config;
  config.host = host;
  return config;
}

TEST(Authentication, WithoutAKeyLoopbackIsDevelopment) {
  for (const char* host : {"127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"}) {
    const auto result = set_up_authentication(listening_on(host));
    ASSERT_TRUE(result) << host;
    EXPECT_TRUE(result->authenticator.is_development()) << host;
    EXPECT_TRUE(result->warnings.empty());
  }
}

TEST(Authentication, WithoutAKeyNothingElseIsServed) {
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    const auto result = set_up_authentication(listening_on(host));
    ASSERT_FALSE(result) << host;
    EXPECT_THAT(result.error(), HasSubstr(std::string(host) + " is not")) << host;
    EXPECT_THAT(result.error(), HasSubstr("--auth-key FILE")) << host;
  }
}

TEST(Authentication, AHostNeedsAnAddress) {
  const auto result = set_up_authentication(listening_on("not a host"));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error(), HasSubstr("not a host to listen on has no address"));
}

TEST(Authentication, WithAKeyAnyAddressIsServed) {
  const TemporaryFolder folder;
  Config config = listening_on("0.0.0.0");
  config.auth_key_file = folder.write("key", kSecret);
  const auto result = set_up_authentication(config);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->authenticator.is_development());
  EXPECT_TRUE(result->warnings.empty());
}

TEST(Authentication, ABadKeyFileIsRefused) {
  const TemporaryFolder folder;
  Config config;
  config.auth_key_file = folder.path("absent");
  EXPECT_THAT(set_up_authentication(config).error(), HasSubstr("cannot be read"));
  config.auth_key_file = folder.path("");
  EXPECT_THAT(set_up_authentication(config).error(), HasSubstr("cannot be read"));
  config.auth_key_file = folder.write("short", "short");
  EXPECT_THAT(set_up_authentication(config).error(), HasSubstr("too short"));
  config.auth_key_file = folder.write("long", std::string(connection::kMaxKeyFileBytes + 1, 'x'));
  EXPECT_FALSE(set_up_authentication(config));
}

TEST(Authentication, WarnsOfAKeyFileThatOthersMayUse) {
  const TemporaryFolder folder;
  Config config;
  config.auth_key_file = folder.write("key", kSecret);
  folder.set_mode("key", 0644);
  EXPECT_EQ(set_up_authentication(config)->warnings.size(), 1U);
  // A public key may be read by everyone, but not changed.
  config.auth_key_file = folder.write("public.pem", public_pem(p256_key()));
  folder.set_mode("public.pem", 0644);
  EXPECT_TRUE(set_up_authentication(config)->warnings.empty());
  folder.set_mode("public.pem", 0664);
  EXPECT_EQ(set_up_authentication(config)->warnings.size(), 1U);
}

}  // namespace
}  // namespace weft::server
