// SPDX-License-Identifier: Apache-2.0
#include "http/origin.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::http {
namespace {

const OriginPolicy kDevelopment{.loopback_only = true, .allowed_origins = {}};
const OriginPolicy kProduction{.loopback_only = false, .allowed_origins = {}};

OriginPolicy allowing(std::vector<std::string> origins) {
  return {.loopback_only = false, .allowed_origins = std::move(origins)};
}

TEST(Origin, H20KnowsTheNamesOfThisMachine) {
  for (const char* host :
       {"localhost", "localhost:8080", "LOCALHOST:1", "weft.localhost", "a.b.localhost:80",
        "127.0.0.1", "127.0.0.1:8080", "127.255.0.3:9", "[::1]", "[::1]:8080"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* host : {"",
                           ":8080",
                           "example.com",
                           "localhost.example.com",
                           "localhost.",
                           "notlocalhost",
                           ".localhost",
                           "127.0.0.1.example.com",
                           "127.0.0",
                           "127.0.0.1.1",
                           "127.0.0.",
                           "127..0.1",
                           "127.0.0.256",
                           "127.0.0.0001",
                           "127.0.0.x",
                           "0127.0.0.1",
                           "128.0.0.1",
                           "10.0.0.1",
                           "0.0.0.0",
                           "2130706433",
                           "[::1",
                           "[::2]",
                           "[::1]x",
                           "::1",
                           "[::ffff:127.0.0.1]",
                           "localhost:",
                           "localhost:80x",
                           "localhost:80:80",
                           "localhost:-1",
                           "user@localhost"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

TEST(Origin, H20ChecksTheHostInDevelopmentModeOnly) {
  EXPECT_EQ(judge_origin("rebound.example:8080", "", kDevelopment), OriginVerdict::bad_host);
  EXPECT_EQ(judge_origin("", "", kDevelopment), OriginVerdict::bad_host);
  EXPECT_EQ(judge_origin("rebound.example:8080", "http://rebound.example:8080", kDevelopment),
            OriginVerdict::bad_host);
  EXPECT_EQ(judge_origin("weft.example", "", kProduction), OriginVerdict::own);
}

TEST(Origin, H20AnAllowedOriginDoesNotMakeUpForTheHost) {
  OriginPolicy policy = kDevelopment;
  policy.allowed_origins = {"*"};
  EXPECT_EQ(judge_origin("rebound.example", "http://localhost", policy), OriginVerdict::bad_host);
}

struct Case {
  const char* host;
  const char* origin;
};

TEST(Origin, H21LetsItsOwnPagesIn) {
  for (const auto& [host, origin] : {
           Case{"localhost:8080", ""},
           Case{"localhost:8080", "http://localhost:8080"},
           Case{"localhost:8080", "https://localhost:8080"},
           Case{"Weft.Example", "https://weft.example"},
           Case{"weft.example", "http://weft.example"},
           Case{"weft.example:443", "https://weft.example"},
           Case{"weft.example", "https://weft.example:443"},
           Case{"weft.example:80", "http://weft.example"},
           Case{"[::1]:8080", "http://[::1]:8080"},
       }) {
    EXPECT_EQ(judge_origin(host, origin, kProduction), OriginVerdict::own) << host << " " << origin;
  }
}

TEST(Origin, H22RefusesPagesFromElsewhere) {
  for (const auto& [host, origin] : {
           Case{"localhost:8080", "http://localhost:8081"},
           Case{"localhost:8080", "http://localhost"},
           Case{"localhost:8080", "http://127.0.0.1:8080"},
           Case{"weft.example", "https://evil.example"},
           Case{"weft.example", "https://weft.example.evil.example"},
           Case{"weft.example", "https://weft.example:8443"},
           Case{"weft.example:80", "https://weft.example"},
           Case{"weft.example", "ftp://weft.example"},
           Case{"weft.example", "weft.example"},
           Case{"weft.example", "https://"},
           Case{"weft.example", "https://weft.example/path"},
           Case{"weft.example", "https://weft.example, https://weft.example"},
           Case{"", "https://"},
           Case{"", "https://weft.example"},
           Case{"[::1", "http://[::1"},
       }) {
    EXPECT_EQ(judge_origin(host, origin, kProduction), OriginVerdict::refused)
        << host << " " << origin;
  }
}

TEST(Origin, H22LetsListedPagesIn) {
  const OriginPolicy policy = allowing({"https://app.example", "http://localhost:5173"});
  EXPECT_EQ(judge_origin("weft.example", "https://app.example", policy), OriginVerdict::foreign);
  EXPECT_EQ(judge_origin("weft.example", "HTTPS://App.Example", policy), OriginVerdict::foreign);
  EXPECT_EQ(judge_origin("weft.example", "http://localhost:5173", policy), OriginVerdict::foreign);
  EXPECT_EQ(judge_origin("weft.example", "http://app.example", policy), OriginVerdict::refused);
  EXPECT_EQ(judge_origin("weft.example", "https://app.example:444", policy),
            OriginVerdict::refused);
}

TEST(Origin, H22AStarListsThemAll) {
  EXPECT_EQ(judge_origin("weft.example", "https://any.example", allowing({"*"})),
            OriginVerdict::foreign);
}

TEST(Origin, H27LetsPagesOfThisMachineInWhileDeveloping) {
  for (const char* origin : {"http://localhost:5173", "http://127.0.0.1", "https://[::1]:3000",
                             "http://app.localhost:8080"}) {
    EXPECT_EQ(judge_origin("localhost:8080", origin, kDevelopment), OriginVerdict::foreign)
        << origin;
    EXPECT_EQ(judge_origin("localhost:8080", origin, kProduction), OriginVerdict::refused)
        << origin;
  }
  for (const char* origin :
       {"https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
        "http://localhost@evil.example", "ftp://localhost", "localhost", "http://", "null"}) {
    EXPECT_EQ(judge_origin("localhost:8080", origin, kDevelopment), OriginVerdict::refused)
        << origin;
  }
}

TEST(Origin, H23NullHasToBeListedItself) {
  EXPECT_EQ(judge_origin("weft.example", "null", kProduction), OriginVerdict::refused);
  EXPECT_EQ(judge_origin("null", "null", kProduction), OriginVerdict::refused);
  EXPECT_EQ(judge_origin("weft.example", "null", allowing({"*"})), OriginVerdict::refused);
  EXPECT_EQ(judge_origin("weft.example", "NULL", allowing({"*"})), OriginVerdict::refused);
  EXPECT_EQ(judge_origin("weft.example", "null", allowing({"null"})), OriginVerdict::foreign);
}

}  // namespace
}  // namespace weft::http
