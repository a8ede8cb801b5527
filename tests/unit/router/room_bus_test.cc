// SPDX-License-Identifier: Apache-2.0
// What a room's part in a bus costs, and what it does when the bus is slow or says very much.
#include "support/cluster_harness.h"
#include "unit/router/room_fixture.h"

#include <malloc.h>
#include <string>
#include <vector>

namespace weft::router {
namespace {

using test::ClusterHarness;

/// Bytes that the allocator has given away; always 0 under a sanitizer.
std::size_t allocated_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

Bytes batch_of(BridgeWriter& writer, bool is_full) {
  Bytes last;
  writer.hand_over(is_full, [&last](Bytes batch) { last = std::move(batch); });
  return last;
}

presence::Statement person(std::uint64_t actor, ByteView presence) {
  presence::Statement person;
  person.actor = {actor};
  person.client = "c" + std::to_string(actor);
  person.user.id = person.client;
  person.presence = presence;
  return person;
}

/// Says hello; nothing has come of it yet.
SessionId begin_to_join(test::RouterHarness& weft, const std::string& client) {
  const auto session = weft.connect();
  weft.say(session, Json::array({0, {{"client", client}}}));
  return session;
}

TEST(RoomBusTest, I2AnAccountOfManyPeopleIsWhole) {
  constexpr std::size_t kPeople = 600;
  ClusterHarness weft(2);
  const std::string mood(4'000, 'm');
  std::vector<SessionId> people;
  for (std::size_t i = 0; i < kPeople; ++i) {
    people.push_back(weft[0].connect());
    weft[0].say(
        people.back(),
        Json::array({0, {{"client", "c" + std::to_string(i)}, {"presence", {{"mood", mood}}}}}));
  }
  weft.advance(milliseconds(100));
  for (const auto session : people) weft[0].say(session, {1, 5, 6});
  weft.advance(seconds(1));
  weft.forget_output();
  const auto bob = weft.join(1, "bob");
  const auto told = weft[1].take(bob);
  ASSERT_GE(told.size(), 2U);
  EXPECT_EQ(told[1][1]["join"].size(), kPeople + 1);
  std::size_t cursors = 0;
  for (const auto& message : told) {
    if (message[0] == kCursors) cursors += message[2].size();
  }
  EXPECT_EQ(cursors, kPeople) << "also of those of whom the first pieces told";
  EXPECT_GT(weft[0].bus().published(), 2U);
  weft.advance(seconds(1));
  weft.forget_output();

  weft[0].bus().ask();
  weft.advance(seconds(5));
  EXPECT_TRUE(weft[1].take(bob).empty()) << "nobody was in doubt";
  for (const Bytes& batch : weft[0].bus().take_published()) EXPECT_LT(batch.size(), 2 * kMiB);
}

TEST(RoomBusTest, I2ManyChangesInOneTickAreToldToo) {
  constexpr std::size_t kPeople = 700;
  ClusterHarness weft(2);
  std::vector<SessionId> people;
  for (std::size_t i = 0; i < kPeople; ++i) {
    people.push_back(begin_to_join(weft[0], "c" + std::to_string(i)));
  }
  weft.advance(milliseconds(100));
  const auto bob = weft.join(1, "bob");
  weft.advance(seconds(1));
  weft.forget_output();
  const std::string mood(4'000, 'm');
  for (const auto session : people) weft[0].say(session, Json::array({2, {{"mood", mood}}}));
  weft.advance(milliseconds(100));
  std::size_t updates = 0;
  for (const auto& message : weft[1].take(bob, kPresence)) updates += message[1]["update"].size();
  EXPECT_EQ(updates, kPeople);
  for (const Bytes& batch : weft[0].bus().take_published()) EXPECT_LT(batch.size(), 2 * kMiB);
}

TEST(RoomBusTest, I3TheWaitBeginsWhenTheBusIsReady) {
  ClusterHarness weft(2);
  weft.join(0, "a");
  weft[0].bus().lose(true);
  const auto bob = begin_to_join(weft[1], "b");
  // The bus takes longer to be ready than the room would wait for its peers.
  const Instant ready = weft.now() + milliseconds(300);
  for (std::size_t i = 0; i < weft.size(); ++i) weft[i].set_time(ready);
  weft.settle();
  EXPECT_TRUE(weft[1].take(bob).empty());
  weft.advance(seconds(1));
  EXPECT_EQ(weft[1].take(bob, kWelcome).size(), 1U);
}

TEST(RoomBusTest, I3WhoHasToldAndGoneDoesNotCountForAnother) {
  ClusterHarness weft(3);
  const auto watcher = weft.join(0, "w");
  const auto before = weft.join(1, "a");
  const auto actor = weft[1].take(before, kWelcome).at(0)[1]["actor"];
  weft.advance(seconds(1));
  weft[1].drop_link(before);
  weft[1].bus().lose(true);  // its answer is late
  const auto after = begin_to_join(weft[2], "a");
  weft.advance(milliseconds(50));
  weft[0].leave(watcher);
  weft.advance(milliseconds(50));
  EXPECT_TRUE(weft[2].take(after).empty()) << "one peer is left, and has said nothing";
  weft[1].bus().lose(false);
  weft[1].bus().ask();
  weft.advance(milliseconds(100));
  const auto welcome = weft[2].take(after, kWelcome);
  ASSERT_EQ(welcome.size(), 1U);
  EXPECT_EQ(welcome[0][1]["actor"], actor);
}

TEST(RoomBusTest, I5EventsAreNotKeptForARoomThatOpens) {
  ClusterHarness weft(2);
  weft.join(0, "a");
  for (std::size_t i = 0; i < weft.size(); ++i) weft[i].hold_commits(true);  // no log opens
  begin_to_join(weft[1], "b");
  weft.settle();
  const auto peer = weft[0].bus().self();
  const Bytes payload = Bytes("\xc5\x40\x00", 3) + Bytes(16'384, 'x');
  BridgeWriter writer;
  const auto before = allocated_bytes();
  for (int i = 0; i < 2'000; ++i) {
    writer.add_person(person(9'000, "\x80"));
    writer.add_event({9'000}, "wave", payload);
    weft[1].bus().listener().bus_received("try", peer, batch_of(writer, false));
    weft[1].turn();
  }
  EXPECT_LT(allocated_bytes(), before + 4 * kMiB);
}

TEST(RoomBusTest, WhatABigBatchTookIsGivenBack) {
  ClusterHarness weft(2);
  weft.join(0, "a");
  weft.join(1, "b");
  weft.advance(seconds(1));
  const auto peer = weft[0].bus().self();
  const auto before = allocated_bytes();
  BridgeWriter writer;
  for (std::uint64_t actor = 0; actor < 400'000; ++actor) writer.add_cursor({actor}, {.x = 0.1F});
  weft[1].bus().listener().bus_received("try", peer, batch_of(writer, false));
  weft.advance(milliseconds(100));
  weft.forget_output();
  EXPECT_LT(allocated_bytes(), before + kMiB);
}

TEST_F(RoomTest, AServerThatIsAloneDoesNotAskForPeers) {
  const auto ada = weft_.join("a");
  weft_.advance(seconds(1));
  const auto before = weft_.bus().peer_questions();
  for (int i = 0; i < 50; ++i) {
    weft_.say(ada, {1, i, 1});
    weft_.say(ada, Json::array({4, "wave", i}));
    weft_.say(ada, Json::array({2, {{"k", i}}}));
    weft_.advance(milliseconds(5));
  }
  EXPECT_EQ(weft_.bus().peer_questions(), before);
  EXPECT_EQ(weft_.bus().published(), 0U);
}

TEST(RoomBusTest, PeersAreAskedForOnceATick) {
  ClusterHarness weft(2);
  const auto ada = weft.join(0, "a");
  weft.join(1, "b");
  weft.advance(seconds(1));
  weft.forget_output();
  const auto before = weft[0].bus().peer_questions();
  for (int i = 0; i < 50; ++i) {
    weft[0].say(ada, {1, i, 1});
    weft.advance(milliseconds(2));
  }
  EXPECT_LE(weft[0].bus().peer_questions(), before + weft[0].bus().published());
}

TEST(RoomBusTest, WhatWasDoneAloneIsToldToWhoeverComes) {
  ClusterHarness weft(2);
  const auto ada = weft.join(0, "a");
  const auto bob = weft.join(1, "b");
  weft.advance(seconds(1));
  weft[1].leave(bob);
  weft.advance(seconds(1));
  weft[0].say(ada, {1, 5, 6});
  weft[0].say(ada, Json::array({2, {{"k", 1}}}));
  weft.join(0, "c");
  weft.advance(seconds(1));
  const auto dan = weft.join(1, "d");
  const auto told = weft[1].take(dan);
  ASSERT_GE(told.size(), 2U);
  EXPECT_EQ(told[1][1]["join"].size(), 3U);
  weft[0].say(ada, {1, 7, 8});
  weft.advance(milliseconds(40));
  EXPECT_EQ(weft[1].take(dan, kCursors).at(0)[2][0][1], 7);
}

}  // namespace
}  // namespace weft::router
