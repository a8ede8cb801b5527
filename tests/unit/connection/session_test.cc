// SPDX-License-Identifier: Apache-2.0
#include "connection/session.h"

#include <gtest/gtest.h>

namespace weft::connection {
namespace {

using protocol::CloseCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

class SessionTest : public ::testing::Test {
 protected:
  Now at(milliseconds time) const { return {Instant{} + time, 1'700'000'000'000 + time.count()}; }
  void join(std::optional<WallMs> expires_ms = std::nullopt) {
    Identity identity;
    identity.user = "ada";
    identity.expires_ms = expires_ms;
    session_.note_verified(identity, Instant{});
    session_.note_joined();
  }

  SessionTimes times_;
  Instant look_{};
  Session session_{times_, protocol::Limits{}, Instant{}};
};

TEST_F(SessionTest, C1NoHelloWithinFiveSecondsEndsIt) {
  EXPECT_FALSE(session_.advance(at(milliseconds(4'999))).close);
  EXPECT_EQ(session_.advance(at(seconds(5))).close, CloseCode::hello_expected);
}

TEST_F(SessionTest, C1BytesThatAreNotHelloDoNotHelp) {
  session_.note_received(Instant{} + seconds(4));
  EXPECT_EQ(session_.advance(at(seconds(5))).close, CloseCode::hello_expected);
}

TEST_F(SessionTest, O13AWelcomeThatDoesNotComeEndsItWithAdviceToRetry) {
  session_.note_verified(Identity{}, Instant{} + seconds(2));
  EXPECT_FALSE(session_.advance(at(milliseconds(16'999))).close);
  EXPECT_EQ(session_.advance(at(seconds(17))).close, CloseCode::overloaded);
}

TEST_F(SessionTest, P7PingsOnceAfter25SecondsOfSilence) {
  join();
  EXPECT_FALSE(session_.advance(at(milliseconds(24'999))).ping);
  EXPECT_TRUE(session_.advance(at(seconds(25))).ping);
  EXPECT_FALSE(session_.advance(at(seconds(26))).ping);
}

TEST_F(SessionTest, P7DropsTheLinkTenSecondsAfterThePing) {
  join();
  EXPECT_TRUE(session_.advance(at(seconds(25))).ping);
  EXPECT_FALSE(session_.advance(at(milliseconds(34'999))).close);
  EXPECT_EQ(session_.advance(at(seconds(35))).close, CloseCode::idle_link);
}

TEST_F(SessionTest, P7AnyBytesKeepItAlive) {
  join();
  EXPECT_TRUE(session_.advance(at(seconds(25))).ping);
  session_.note_received(Instant{} + seconds(34));
  EXPECT_FALSE(session_.advance(at(seconds(40))).close);
  EXPECT_TRUE(session_.advance(at(seconds(59))).ping);
}

TEST_F(SessionTest, P7NeverDropsALinkThatWasNotPinged) {
  // The loop may have stood still (a suspended machine): then the ping comes first.
  join();
  const auto due = session_.advance(at(seconds(1000)));
  EXPECT_TRUE(due.ping);
  EXPECT_FALSE(due.close);
  EXPECT_FALSE(session_.advance(at(seconds(1009))).close);
  EXPECT_EQ(session_.advance(at(seconds(1010))).close, CloseCode::idle_link);
}

TEST_F(SessionTest, O8ATokenThatEndsEndsTheSession) {
  join(1'700'000'010'000);
  EXPECT_FALSE(session_.advance(at(milliseconds(9'999))).close);
  EXPECT_EQ(session_.advance(at(seconds(10))).close, CloseCode::token_expired);
}

TEST_F(SessionTest, O8AFreshTokenProlongsIt) {
  join(1'700'000'010'000);
  Identity fresh = session_.identity();
  fresh.expires_ms = 1'700'000'020'000;
  session_.renew(fresh);
  EXPECT_FALSE(session_.advance(at(seconds(10))).close);
  EXPECT_EQ(session_.advance(at(seconds(20))).close, CloseCode::token_expired);
}

TEST_F(SessionTest, NothingIsDueBeforeTheNextLook) {
  // Whatever state it is in, looking every millisecond finds nothing that next_look did not
  // announce.
  const auto expect_announced = [this](milliseconds from, milliseconds until) {
    for (milliseconds time = from; time < until; time += milliseconds(1)) {
      const bool is_due = at(time).mono >= look_;
      const auto due = session_.advance(at(time));
      if (due.ping || due.close) {
        EXPECT_TRUE(is_due) << time.count();
      }
      if (is_due) look_ = session_.next_look(at(time));
    }
  };
  look_ = session_.next_look(at(milliseconds(0)));
  EXPECT_EQ(look_, at(seconds(5)).mono);
  join(1'700'000'050'000);
  look_ = session_.next_look(at(milliseconds(0)));
  EXPECT_EQ(look_, at(seconds(25)).mono);
  expect_announced(milliseconds(0), seconds(30));
  EXPECT_EQ(look_, at(seconds(35)).mono) << "the ping's answer";
  session_.note_received(at(seconds(30)).mono);
  expect_announced(seconds(30), seconds(52));
  EXPECT_LE(look_, at(seconds(50)).mono) << "the token's end";
}

TEST_F(SessionTest, ATokenWithoutEndIsLookedAtNowAndThen) {
  join(INT64_MAX);
  session_.note_received(at(seconds(100)).mono);
  EXPECT_LE(session_.next_look(at(seconds(100))), at(seconds(160)).mono);
  EXPECT_GT(session_.next_look(at(seconds(100))), at(seconds(100)).mono);
}

TEST(RateLimiter, LetsOneSecondsWorthPassAtOnceAndThenTheRate) {
  RateLimiter limiter(10);
  Instant now = Instant{} + seconds(100);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limiter.take(now)) << i;
  EXPECT_FALSE(limiter.take(now));
  now += milliseconds(100);
  EXPECT_TRUE(limiter.take(now));
  EXPECT_FALSE(limiter.take(now));
}

TEST(RateLimiter, DoesNotSaveUpMoreThanASecondsWorth) {
  RateLimiter limiter(10);
  Instant now = Instant{} + seconds(1000);
  int passed = 0;
  while (limiter.take(now)) ++passed;
  EXPECT_EQ(passed, 10);
}

}  // namespace
}  // namespace weft::connection
