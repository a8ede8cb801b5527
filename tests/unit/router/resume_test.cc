// SPDX-License-Identifier: Apache-2.0
// What somebody gets who was here before; how canvases close, fill and drain.
#include "unit/router/room_fixture.h"

namespace weft::router {
namespace {

class ResumeTest : public RoomTest {
 protected:
  // Ada writes three pushes; Bob knows the state after the first.
  void SetUp() override {
    ada_ = weft_.join("a");
    const auto bob = weft_.join("b");
    weft_.say(ada_, push(1, Json::array({create("x")})));
    weft_.advance(seconds(1));
    const auto welcome = weft_.take(ada_);
    epoch_ = welcome[0][1]["epoch"];
    sum_ = weft_.take(bob, kOps)[0][5];
    weft_.drop_link(bob);
    weft_.say(ada_, push(2, Json::array({create("y")})));
    weft_.say(ada_, push(3, Json::array({set("y", {{"title", "why"}})})));
    weft_.advance(seconds(1));
  }
  Json since(std::uint64_t seq, Json sum = nullptr) {
    Json since = Json::array({epoch_, seq});
    if (!sum.is_null()) since.push_back(sum);
    return {{"since", since}};
  }
  void expect_snapshot(const Json& hello) {
    const auto bob = weft_.join("b", hello);
    const auto messages = weft_.take(bob);
    EXPECT_EQ(messages[0][1]["resumed"], false);
    EXPECT_EQ(messages[2][0], kSnapshot);
    EXPECT_EQ(messages[2][3].size(), 2U);
  }
  SessionId ada_;
  std::uint64_t epoch_ = 0;
  Json sum_;
};

TEST_F(ResumeTest, S4GivesExactlyWhatWasMissed) {
  const auto bob = weft_.join("b", since(1, sum_));
  const auto messages = weft_.take(bob);
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[0][1]["resumed"], true);
  EXPECT_EQ(messages[0][1]["seq"], 3);
  EXPECT_EQ(messages[2][0], kOps);
  EXPECT_EQ(messages[2][1], 2);
  EXPECT_EQ(messages[3][1], 3);
}

TEST_F(ResumeTest, S4NothingMissedMeansNoOps) {
  const auto bob = weft_.join("b", since(3));
  const auto messages = weft_.take(bob);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0][1]["resumed"], true);
}

TEST_F(ResumeTest, S4S10AWrongSumGetsASnapshot) {
  expect_snapshot(since(2, sum_));  // the sum of seq 1
}
TEST_F(ResumeTest, S4AnotherEpochGetsASnapshot) {
  ++epoch_;
  expect_snapshot(since(1, sum_));
}
TEST_F(ResumeTest, S4ASeqFromTheFutureGetsASnapshot) {
  expect_snapshot(since(4));
}

TEST_F(ResumeTest, S4ResumeReachesAcrossAColdStart) {
  weft_.leave(ada_);
  weft_.advance(seconds(60));
  ASSERT_EQ(weft_.router().room_count(), 0U) << "the room closes when it is empty";
  const auto bob = weft_.join("b", since(1, sum_));
  const auto messages = weft_.take(bob);
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[0][1]["resumed"], true);
  EXPECT_EQ(messages[3][1], 3);
}

TEST(RoomHistory, S4BehindTheFloorASnapshot) {
  RouterConfig config;
  config.room.history.pushes_max = 2;
  RouterHarness weft(config);
  const auto ada = weft.join("a");
  const auto epoch = weft.take(ada, kWelcome)[0][1]["epoch"];
  for (std::uint64_t n = 1; n <= 5; ++n)
    weft.say(ada, push(n, Json::array({create("x" + std::to_string(n))})));
  weft.advance(seconds(1));
  const auto bob = weft.join("b", {{"since", Json::array({epoch, 3})}});
  EXPECT_EQ(weft.take(bob, kWelcome)[0][1]["resumed"], true);
  const auto eve = weft.join("e", {{"since", Json::array({epoch, 2})}});
  EXPECT_EQ(weft.take(eve, kWelcome)[0][1]["resumed"], false);
}

TEST(RoomSnapshots, ALongLogIsTrimmedBehindSnapshotsAndReopensEqual) {
  RouterConfig config;
  config.room.snapshot_pushes = 10;
  RouterHarness weft(config);
  const auto ada = weft.join("a");
  std::uint64_t n = 0;
  for (int i = 0; i < 95; ++i) {
    weft.say(ada, push(++n, Json::array({create("x" + std::to_string(i % 40), {{"v", i}})})));
    weft.advance(milliseconds(20));
  }
  const auto before = weft.take(weft.join("late"), kSnapshot);
  weft.leave(ada);
  weft.advance(seconds(60));
  for (auto session : {weft.join("later")}) {
    const auto after = weft.take(session);
    EXPECT_EQ(after[2], before[0]);
  }
}

TEST(RoomLimits, ACanvasThatIsFullSaysSo) {
  RouterConfig config;
  config.room.sessions_max = 2;
  RouterHarness weft(config);
  weft.join("a");
  weft.join("b");
  const auto eve = weft.join("e");
  EXPECT_EQ(weft.closed_with(eve), CloseCode::canvas_full);
}

TEST(RoomLimits, MoreArrivalsThanActorNumbersAtHandWaitForMore) {
  RouterHarness weft;
  weft.join("first");
  std::vector<SessionId> sessions;
  for (int i = 0; i < 5000; ++i) {
    sessions.push_back(weft.connect());
    weft.say(sessions.back(), Json::array({0, {{"client", "c" + std::to_string(i)}}}));
  }
  weft.advance(seconds(1));
  std::set<std::uint64_t> actors;
  for (const auto session : sessions) {
    ASSERT_FALSE(weft.closed_with(session));
    actors.insert(weft.take(session, kWelcome).at(0)[1]["actor"].get<std::uint64_t>());
  }
  EXPECT_EQ(actors.size(), sessions.size());
}

TEST(RoomDrain, O11EverySessionGetsItsGoodbyeWithinTheWindow) {
  RouterHarness weft;
  std::vector<SessionId> sessions;
  for (int i = 0; i < 20; ++i) sessions.push_back(weft.join("c" + std::to_string(i)));
  weft.router().drain(weft.now(), seconds(2));
  weft.advance(seconds(1));
  const auto early =
      std::ranges::count_if(sessions, [&](auto s) { return weft.closed_with(s).has_value(); });
  EXPECT_GT(early, 0);
  EXPECT_LT(early, 20);
  weft.advance(seconds(2));
  for (const auto session : sessions) EXPECT_EQ(weft.closed_with(session), CloseCode::draining);
  const auto late = weft.connect();
  weft.settle();
  EXPECT_EQ(weft.closed_with(late), CloseCode::draining);
}

}  // namespace
}  // namespace weft::router
