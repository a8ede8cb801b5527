// SPDX-License-Identifier: Apache-2.0
// How a document reaches those who join: encoded once, in pieces, at one place in its history.
#include "concept/pages.h"
#include "unit/router/room_fixture.h"

#include <algorithm>
#include <string>
#include <vector>

namespace weft::router {
namespace {

constexpr int kEntities = 300;
constexpr std::size_t kTextBytes = 1'000;
/// Turns that anything here may take.
constexpr int kTurnsMax = 10'000;

std::string entity_id(int number) {
  return "e" + std::to_string(1'000 + number);
}

/// Ada makes a document of some ten parts.
SessionId fill(RouterHarness& weft) {
  const auto ada = weft.join("ada");
  Json ops = Json::array();
  for (int i = 0; i < kEntities; ++i) {
    ops.push_back(create(entity_id(i), {{"text", std::string(kTextBytes, 't')}}));
  }
  weft.say(ada, push(1, ops));
  weft.advance(milliseconds(40));
  return ada;
}

SessionId knock(RouterHarness& weft, const std::string& client) {
  const SessionId session = weft.connect();
  weft.say(session, Json::array({0, {{"client", client}}}));
  return session;
}

/// Stops at every deadline until `done`; how many there were.
template <class Done>
int turns_until(RouterHarness& weft, const std::string& what, Done done) {
  weft.settle();
  for (int turns = 0; turns < kTurnsMax; ++turns) {
    if (done()) return turns;
    const auto deadline = weft.router().next_deadline();
    if (!deadline) break;
    weft.set_time(std::max(*deadline, weft.now().mono));
    weft.settle();
  }
  ADD_FAILURE() << "waited in vain for " << what;
  return kTurnsMax;
}

/// What the parts of a snapshot hold: {id: properties}.
Json entities_in(const std::vector<Json>& parts) {
  Json all = Json::object();
  for (const Json& part : parts) {
    for (const Json& entity : part[3]) all[entity[0].get<std::string>()] = entity[2];
  }
  return all;
}

std::size_t count_common(const std::vector<protocol::FrameRef>& a,
                         const std::vector<protocol::FrameRef>& b) {
  return static_cast<std::size_t>(std::ranges::count_if(
      a, [&](const auto& frame) { return std::ranges::find(b, frame) != b.end(); }));
}

TEST(Snapshot, K26TwoHundredWhoJoinShareOneEncoding) {
  RouterHarness weft;
  fill(weft);
  weft.forget_output();
  constexpr std::size_t kPeople = 200;
  std::vector<SessionId> people;
  for (std::size_t i = 0; i < kPeople; ++i) {
    people.push_back(knock(weft, "guest-" + std::to_string(i)));
  }
  weft.advance(milliseconds(100));
  const auto first = weft.frames_of(people.front(), kSnapshot);
  EXPECT_GE(first.size(), kEntities * kTextBytes / concept_sync::kPageBytesMax);
  for (const SessionId person : people) ASSERT_EQ(weft.frames_of(person, kSnapshot), first);
}

TEST(Snapshot, K26APushBetweenTwoJoinsEncodesOnePartAnew) {
  RouterHarness weft;
  const auto ada = fill(weft);
  const auto ben = weft.join("ben");
  const auto before = weft.frames_of(ben, kSnapshot);
  weft.say(ada,
           push(2, Json::array({set(entity_id(150), {{"text", std::string(kTextBytes, 'u')}})})));
  weft.advance(milliseconds(40));
  const auto cem = weft.join("cem");
  const auto after = weft.frames_of(cem, kSnapshot);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(count_common(before, after), before.size() - 2)
      << "one part, and the last with its seq";
  EXPECT_EQ(entities_in(weft.take(cem, kSnapshot))[entity_id(150)]["text"],
            std::string(kTextBytes, 'u'));
  EXPECT_EQ(entities_in(weft.take(ben, kSnapshot))[entity_id(150)]["text"],
            std::string(kTextBytes, 't'));
}

TEST(Snapshot, S4AnEmptyCanvasIsOneEmptyPart) {
  RouterHarness weft;
  const auto ada = weft.join("ada");
  const auto parts = weft.take(ada, kSnapshot);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0][2], true);
  EXPECT_EQ(parts[0][3], Json::array());
}

TEST(Snapshot, K27EncodingIsSpreadOverTurns) {
  RouterConfig config;
  config.room.encode_bytes_max = concept_sync::kPageBytesMax;
  RouterHarness weft(config);
  fill(weft);
  const auto ben = knock(weft, "ben");
  const int turns =
      turns_until(weft, "a welcome", [&] { return !weft.frames_of(ben, kSnapshot).empty(); });
  const auto parts = static_cast<int>(weft.frames_of(ben, kSnapshot).size()) - 1;
  EXPECT_GE(parts, 9);
  EXPECT_GE(turns, parts - 1) << "one part in a turn";
  EXPECT_LE(turns, 2 * parts) << "and none of them twice, beside the turns of the tick";
}

TEST(Snapshot, K27WhoeverJoinsAmongPushesGetsOneState) {
  RouterConfig config;
  config.room.encode_bytes_max = concept_sync::kPageBytesMax;
  RouterHarness weft(config);
  const auto ada = fill(weft);
  const auto ben = knock(weft, "ben");
  std::uint64_t n = 1;
  turns_until(weft, "a welcome", [&] {
    if (!weft.frames_of(ben, kSnapshot).empty()) return true;
    ++n;
    weft.say(ada,
             push(n, Json::array({set(entity_id(static_cast<int>(n * 61 % kEntities)), {{"n", n}}),
                                  set(entity_id(0), {{"newest", n}})})));
    return false;
  });
  const auto all = weft.take(ben);
  ASSERT_EQ(all[0][0], kWelcome);
  const std::uint64_t seq = all[0][1]["seq"];
  std::vector<Json> parts;
  for (const Json& message : all) {
    if (message[0] == kSnapshot) parts.push_back(message);
  }
  EXPECT_EQ(parts.back()[1], seq);
  EXPECT_GT(seq, 3U) << "nothing was pushed meanwhile";
  const Json entities = entities_in(parts);
  EXPECT_EQ(entities.size(), static_cast<std::size_t>(kEntities));
  EXPECT_EQ(entities[entity_id(0)]["newest"], seq) << "ada's n is the seq";
  for (std::uint64_t pushed = std::max<std::uint64_t>(2, seq - 50); pushed <= seq; ++pushed) {
    EXPECT_EQ(entities[entity_id(static_cast<int>(pushed * 61 % kEntities))]["n"], pushed);
  }
}

TEST(Snapshot, K27WhoeverJoinsGetsInAlthoughMoreIsChangedThanEncoded) {
  RouterConfig config;
  config.room.encode_bytes_max = 1;
  RouterHarness weft(config);
  const auto ada = fill(weft);
  const auto ben = knock(weft, "ben");
  std::uint64_t n = 1;
  turns_until(weft, "a welcome in spite of pushes", [&] {
    if (!weft.frames_of(ben, kSnapshot).empty()) return true;
    Json ops = Json::array();
    ++n;
    for (int i = 0; i < kEntities; i += 10) ops.push_back(set(entity_id(i), {{"n", n}}));
    weft.say(ada, push(n, ops));
    return false;
  });
}

TEST(Snapshot, K28ManyWhoJoinAtOnceAreLetInOverSeveralTicks) {
  RouterConfig config;
  config.room.welcome_frames_max = 15;  // a document has some ten
  RouterHarness weft(config);
  fill(weft);
  std::vector<SessionId> people;
  for (int i = 0; i < 6; ++i) people.push_back(knock(weft, "guest-" + std::to_string(i)));
  const auto count_welcomed = [&] {
    return std::ranges::count_if(
        people, [&](SessionId person) { return !weft.frames_of(person, kWelcome).empty(); });
  };
  std::vector<std::ptrdiff_t> welcomed;
  turns_until(weft, "six welcomes", [&] {
    if (count_welcomed() > (welcomed.empty() ? 0 : welcomed.back())) {
      welcomed.push_back(count_welcomed());
    }
    return count_welcomed() == 6;
  });
  EXPECT_EQ(welcomed, (std::vector<std::ptrdiff_t>{2, 4, 6}));
}

TEST(Snapshot, K25TheEncodingIsGivenBackWhenNobodyHasAskedForAMinute) {
  RouterHarness weft;
  const auto ada = fill(weft);
  const auto pass = [&](int seconds_to_pass) {
    for (int i = 0; i < seconds_to_pass; ++i) {
      weft.router().note_received(ada, weft.now().mono);  // she stays, so the room does
      weft.advance(seconds(1));
    }
  };
  const auto ben = weft.join("ben");
  const auto held = weft.frames_of(ben, kSnapshot);
  pass(50);
  const auto cem = weft.join("cem");
  EXPECT_EQ(count_common(held, weft.frames_of(cem, kSnapshot)), held.size() - 1) << "kept";
  pass(70);
  const auto dan = weft.join("dan");
  EXPECT_EQ(count_common(held, weft.frames_of(dan, kSnapshot)), 0U) << "encoded anew";
}

TEST(Snapshot, K29OpeningIsSpreadOverTurns) {
  store::MemoryStore store;
  {
    RouterConfig config;
    config.room.snapshot_bytes = 1;
    RouterHarness weft(config, connection::Authenticator::development(), &store);
    const auto ada = fill(weft);
    // Each writes as much as the document has, so that a snapshot is due.
    for (std::uint64_t n = 2; n < 10; ++n) {
      Json ops = Json::array();
      for (int i = 0; i < kEntities; ++i) {
        ops.push_back(set(entity_id(i), {{"n", n}, {"text", std::string(kTextBytes, 'u')}}));
      }
      weft.say(ada, push(n, ops));
      weft.advance(milliseconds(40));
    }
    weft.leave(ada);
    weft.advance(milliseconds(40));
    EXPECT_EQ(weft.router().room_count(), 0U);
  }
  RouterConfig config;
  config.room.load_bytes_max = 1;
  RouterHarness weft(config, connection::Authenticator::development(), &store);
  const auto ben = knock(weft, "ben");
  const int turns =
      turns_until(weft, "a welcome", [&] { return !weft.frames_of(ben, kSnapshot).empty(); });
  const auto parts = weft.take(ben, kSnapshot);
  EXPECT_GE(turns, static_cast<int>(parts.size()) - 1);
  const Json entities = entities_in(parts);
  EXPECT_EQ(entities.size(), static_cast<std::size_t>(kEntities));
  EXPECT_EQ(entities[entity_id(7)]["n"], 9);
}

}  // namespace
}  // namespace weft::router
