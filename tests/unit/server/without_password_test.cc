// SPDX-License-Identifier: Apache-2.0
#include "server/without_password.h"

#include <gtest/gtest.h>

namespace weft::server {
namespace {

TEST(WithoutPassword, HidesThePasswordInFrontOfTheHost) {
  EXPECT_EQ(without_password("redis://:secret@host:6379/0"), "redis://:***@host:6379/0");
  EXPECT_EQ(without_password("postgresql://ada:secret@host/db"), "postgresql://ada:***@host/db");
}

TEST(WithoutPassword, HidesOneThatShouldHaveBeenEncoded) {
  EXPECT_EQ(without_password("redis://ada:a/b@c@host"), "redis://ada:***@host");
}

TEST(WithoutPassword, HidesTheParameter) {
  EXPECT_EQ(without_password("postgresql://host/db?user=ada&password=secret&sslmode=require"),
            "postgresql://host/db?user=ada&password=***&sslmode=require");
}

TEST(WithoutPassword, HidesEveryParameterThatIsOne) {
  EXPECT_EQ(without_password("postgresql://h/db?sslpassword=a&password=b"),
            "postgresql://h/db?sslpassword=***&password=***");
}

TEST(WithoutPassword, HidesItWhenTheSchemeWasForgotten) {
  EXPECT_EQ(without_password("user:secret@host:6379"), "user:***@host:6379");
  EXPECT_EQ(without_password("host=h password=secret dbname=d"), "host=h password=*** dbname=d");
}

TEST(WithoutPassword, LeavesOtherTextAlone) {
  for (const char* text : {"", "data", "127.0.0.1:8080", "redis://ada@host:6379", "redis://host:1",
                           "https://example.com", "redis://[::1]:6379"}) {
    EXPECT_EQ(without_password(text), text);
  }
}

}  // namespace
}  // namespace weft::server
