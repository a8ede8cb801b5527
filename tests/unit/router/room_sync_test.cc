// SPDX-License-Identifier: Apache-2.0
// What a room does about a log that other instances write too.
#include "router/document_state.h"
#include "unit/router/room_fixture.h"

namespace weft::router {
namespace {

class RoomSyncTest : public RoomTest {
 protected:
  /// Says hello; the room is open already.
  SessionId arrive(const std::string& client) {
    const auto session = weft_.connect();
    weft_.say(session, Json::array({0, {{"client", client}}}));
    weft_.advance(milliseconds(40));
    return session;
  }
  bool is_welcomed(SessionId session) { return !weft_.take(session, kWelcome).empty(); }
  log::LogListener& room() { return weft_.log_tap().listener(); }
};

TEST_F(RoomSyncTest, I8AnArrivalWaitsForTheSyncThatBeganAfterIt) {
  weft_.join("a");
  weft_.log_tap().hold_syncs(true);
  const auto syncs = weft_.log_tap().syncs();
  const auto bob = arrive("b");
  EXPECT_EQ(weft_.log_tap().syncs(), syncs + 1);
  EXPECT_FALSE(is_welcomed(bob));
  const auto cy = arrive("c");
  const auto dan = arrive("d");
  EXPECT_EQ(weft_.log_tap().syncs(), syncs + 1) << "one at a time";
  room().log_synced();
  weft_.advance(milliseconds(40));
  EXPECT_TRUE(is_welcomed(bob));
  EXPECT_FALSE(is_welcomed(cy)) << "came after that sync had begun";
  EXPECT_EQ(weft_.log_tap().syncs(), syncs + 2);
  room().log_synced();
  weft_.advance(milliseconds(40));
  EXPECT_TRUE(is_welcomed(cy));
  EXPECT_TRUE(is_welcomed(dan)) << "one sync serves both";
  EXPECT_EQ(weft_.log_tap().syncs(), syncs + 2);
  room().log_synced();  // of nobody's
  weft_.advance(milliseconds(40));
}

TEST_F(RoomSyncTest, I8WhoWaitsMayGo) {
  weft_.join("a");
  weft_.log_tap().hold_syncs(true);
  const auto bob = arrive("b");
  const auto cy = arrive("c");
  weft_.drop_link(bob);
  weft_.leave(cy);
  room().log_synced();
  weft_.advance(milliseconds(40));
  EXPECT_FALSE(is_welcomed(bob));
  EXPECT_FALSE(is_welcomed(cy));
  EXPECT_EQ(weft_.router().session_count(), 1U);
}

TEST_F(RoomSyncTest, I8AnAnswerLetsNobodyInWhoCameAfterItsQuestion) {
  weft_.join("a");
  weft_.log_tap().hold_syncs(true);
  const auto bob = arrive("b");
  const auto syncs = weft_.log_tap().syncs();
  weft_.drop_link(bob);  // nobody waits for that sync any more, and it is under way
  const auto cy = arrive("c");
  EXPECT_EQ(weft_.log_tap().syncs(), syncs);
  room().log_synced();
  weft_.advance(milliseconds(40));
  EXPECT_FALSE(is_welcomed(cy)) << "that sync began before it came";
  EXPECT_EQ(weft_.log_tap().syncs(), syncs + 1);
  room().log_synced();
  weft_.advance(milliseconds(40));
  EXPECT_TRUE(is_welcomed(cy));
}

TEST_F(RoomSyncTest, I8ReadersAreSyncedToo) {
  weft_.join("a");
  weft_.log_tap().hold_syncs(true);
  int answers = 0;
  weft_.router().read_document("try", [&](auto json) { answers += json ? 1 : 100; }, weft_.now());
  weft_.advance(milliseconds(40));
  EXPECT_EQ(answers, 0);
  room().log_synced();
  weft_.settle();
  EXPECT_EQ(answers, 1);
}

TEST_F(RoomSyncTest, I11ResetEndsEverySessionAndKeepsPlaces) {
  const auto ada = weft_.join("a", {{"presence", {{"mood", "calm"}}}});
  const auto actor = weft_.take(ada, kWelcome)[0][1]["actor"];
  weft_.join("b");
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(milliseconds(40));
  weft_.say(ada, push(2, Json::array({create("under-way")})));
  weft_.advance(seconds(20));  // longer than a grace period, with nothing for the room to do
  weft_.forget_output();

  room().log_reset();
  weft_.settle();
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::reset);
  EXPECT_EQ(weft_.router().session_count(), 0U);
  const auto goodbye = weft_.take(ada, kGoodbye);
  ASSERT_EQ(goodbye.size(), 1U);
  EXPECT_EQ(goodbye[0][1], 4205);
  EXPECT_EQ(goodbye[0][3]["retry"], true);

  const auto again = arrive("a");
  int answers = 0;
  weft_.router().read_document("try", [&](auto) { ++answers; }, weft_.now());
  weft_.advance(seconds(1));
  EXPECT_FALSE(is_welcomed(again)) << "until the canvas is open again";
  EXPECT_EQ(answers, 0);
  room().log_opened({.epoch = 77, .base = {}, .tail = {}, .actors = {9'000, 9'100}});
  weft_.advance(milliseconds(40));
  EXPECT_EQ(answers, 1);
  const auto messages = weft_.take(again);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0][1]["epoch"], 77);
  EXPECT_EQ(messages[0][1]["seq"], 0);
  EXPECT_EQ(messages[0][1]["actor"], actor);
  EXPECT_EQ(messages[1][1]["join"].size(), 2U) << "both have kept their places";
  EXPECT_EQ(messages[1][1]["join"][0][2], Json({{"mood", "calm"}}));
  EXPECT_EQ(messages[2][3], Json::array());
  const auto cy = arrive("c");
  EXPECT_EQ(weft_.take(cy, kWelcome)[0][1]["actor"], 9'000);
  weft_.advance(seconds(11));
  const auto seen = weft_.take(cy, kPresence);
  EXPECT_EQ(seen.back()[1]["leave"][0][1], "lost") << "who does not come back";
}

TEST_F(RoomSyncTest, I11ResetFindsThoseWhoWait) {
  weft_.join("a");
  weft_.log_tap().hold_syncs(true);
  const auto bob = arrive("b");
  const auto cy = arrive("c");
  room().log_reset();
  weft_.log_tap().hold_syncs(false);
  weft_.settle();
  EXPECT_FALSE(weft_.closed_with(bob));
  room().log_opened({.epoch = 78, .base = {}, .tail = {}, .actors = {9'000, 9'100}});
  weft_.advance(milliseconds(40));
  EXPECT_TRUE(is_welcomed(bob));
  EXPECT_TRUE(is_welcomed(cy));
}

TEST_F(RoomSyncTest, I11ACanvasThatCannotBeOpenedAgainRefusesThoseWhoWait) {
  weft_.join("a");
  room().log_reset();
  const auto bob = arrive("b");
  room().log_open_failed(log::LogErrc::unavailable, "gone");
  weft_.settle();
  EXPECT_EQ(weft_.closed_with(bob), CloseCode::overloaded);
  weft_.advance(seconds(30));
  EXPECT_EQ(weft_.router().room_count(), 0U);
}

TEST_F(RoomSyncTest, I12AnotherEpochIsNamedByLaterWelcomes) {
  const auto ada = weft_.join("a");
  room().log_epoch_changed(4'711);
  weft_.advance(milliseconds(40));
  EXPECT_FALSE(weft_.closed_with(ada));
  const auto bob = arrive("b");
  EXPECT_EQ(weft_.take(bob, kWelcome)[0][1]["epoch"], 4'711);
}

TEST_F(RoomSyncTest, TheRoomsStateIsTheDocumentAsASnapshotKeepsIt) {
  const auto ada = weft_.join("a");
  weft_.say(ada, push(1, Json::array({create("x", {{"text", "hi"}})})));
  weft_.advance(milliseconds(40));
  concept_sync::Document document{protocol::Limits{}};
  ASSERT_TRUE(load_document(room().log_state().value(), document));
  EXPECT_EQ(document.entity_count(), 1U);
}

TEST_F(RoomSyncTest, ARoomThatCannotReadItsSnapshotHasNoStateToPutInItsPlace) {
  weft_.join("a");
  room().log_reset();
  log::Snapshot unreadable;
  unreadable.seq = 5;
  unreadable.state = "not a document";
  room().log_opened({.epoch = 1, .base = unreadable, .tail = {}, .actors = {100, 108}});
  EXPECT_FALSE(room().log_state());
}

TEST_F(RoomSyncTest, I13ActorNumbersAreAskedForWhenAQuarterIsLeft) {
  weft_.join("a");
  room().log_reset();
  room().log_opened({.epoch = 1, .base = {}, .tail = {}, .actors = {100, 108}});
  const auto reservations = weft_.log_tap().reservations();
  for (int i = 0; i < 6; ++i) {
    arrive("c" + std::to_string(i));
    EXPECT_EQ(weft_.log_tap().reservations(), reservations) << i;
  }
  arrive("d");
  EXPECT_EQ(weft_.log_tap().reservations(), reservations + 1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(is_welcomed(arrive("e" + std::to_string(i))));
}

TEST_F(RoomSyncTest, WhoeverAsksHearsWhetherACanvasExists) {
  std::vector<bool> answers;
  const auto note = [&](const Result<bool, std::string>& exists) {
    answers.push_back(exists.has_value() && *exists);
  };
  weft_.router().exists("try", note);
  weft_.settle();
  weft_.join("a");
  weft_.router().exists("try", note);
  weft_.settle();
  EXPECT_EQ(answers, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace weft::router
