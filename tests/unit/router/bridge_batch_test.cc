// SPDX-License-Identifier: Apache-2.0
#include "router/bridge_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace weft::router {
namespace {

std::vector<Bytes> batches_of(BridgeWriter& writer, bool is_full) {
  std::vector<Bytes> batches;
  writer.hand_over(is_full, [&batches](Bytes batch) { batches.push_back(std::move(batch)); });
  return batches;
}

/// Of a writer that has little to say.
Bytes batch_of(BridgeWriter& writer, bool is_full) {
  auto batches = batches_of(writer, is_full);
  EXPECT_EQ(batches.size(), 1U);
  return std::move(batches.back());
}

presence::Statement person(std::uint64_t actor, ByteView presence) {
  presence::Statement person;
  person.actor = {actor};
  person.client = "c" + std::to_string(actor);
  person.presence = presence;
  return person;
}

Bytes some_batch(bool is_full) {
  BridgeWriter writer;
  writer.add_cursor({7}, {.x = 1.5F, .y = -20});
  writer.add_cursor({8}, {.hidden = true});
  writer.add_person({.actor = {7},
                     .claim = 1 << 16,
                     .client = "c",
                     .user = {.id = "u", .name = "Ada", .color = "#fff", .avatar = "a.png"},
                     .presence = "\x81\xa1k\x01",
                     .activity = presence::Activity::away,
                     .is_lost = true});
  writer.add_farewell({.actor = {9}, .reason = presence::LeaveReason::replaced});
  writer.add_farewell({.actor = {10}, .reason = std::nullopt});
  writer.add_event({7}, "wave", "\xc0");
  return batch_of(writer, is_full);
}

TEST(BridgeBatchTest, HoldsWhatWasAddedAndStartsOver) {
  BridgeBatch batch;
  const Bytes bytes = some_batch(true);
  ASSERT_TRUE(decode_bridge_batch(bytes, batch));
  EXPECT_TRUE(batch.is_full);
  ASSERT_EQ(batch.cursors.size(), 2U);
  EXPECT_EQ(batch.cursors[0].actor, ActorId{7});
  EXPECT_EQ(batch.cursors[0].cursor.x, 1.5F);
  EXPECT_EQ(batch.cursors[0].cursor.y, -20);
  EXPECT_TRUE(batch.cursors[1].cursor.hidden);
  ASSERT_EQ(batch.people.size(), 1U);
  const presence::Statement& person = batch.people[0];
  EXPECT_EQ(person.actor, ActorId{7});
  EXPECT_EQ(person.claim, 1U << 16);
  EXPECT_EQ(person.client, "c");
  EXPECT_EQ(person.user, (presence::User{"u", "Ada", "#fff", "a.png"}));
  EXPECT_EQ(person.presence, "\x81\xa1k\x01");
  EXPECT_EQ(person.activity, presence::Activity::away);
  EXPECT_TRUE(person.is_lost);
  ASSERT_EQ(batch.farewells.size(), 2U);
  EXPECT_EQ(batch.farewells[0].reason, presence::LeaveReason::replaced);
  EXPECT_FALSE(batch.farewells[1].reason);
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(batch.events[0].name, "wave");
  EXPECT_EQ(batch.events[0].payload, "\xc0");

  BridgeWriter writer;
  writer.add_cursor({1}, {.x = 1});
  static_cast<void>(batch_of(writer, false));
  EXPECT_TRUE(writer.is_empty());
  const Bytes empty = batch_of(writer, false);
  ASSERT_TRUE(decode_bridge_batch(empty, batch));
  EXPECT_FALSE(batch.is_full);
  EXPECT_TRUE(batch.cursors.empty() && batch.people.empty() && batch.farewells.empty() &&
              batch.events.empty());
}

TEST(BridgeBatchTest, I2TooManyPeopleComeInPiecesAndTheLastBatchNamesThem) {
  constexpr std::uint64_t kPeople = 10'000;
  const Bytes presence = Bytes("\x81\xa1k\xc5\x10\x00", 6) + Bytes(4'096, 'x');
  for (const bool is_full : {true, false}) {
    BridgeWriter writer;
    for (std::uint64_t i = 0; i < kPeople; ++i) {
      writer.add_person(person(i, presence));
      writer.add_cursor({i}, {.x = 1});
    }
    const auto batches = batches_of(writer, is_full);
    EXPECT_TRUE(writer.is_empty());
    BridgeBatch batch;
    std::uint64_t told = 0;
    for (const Bytes& bytes : batches) {
      EXPECT_LT(bytes.size(), kPieceBytesMax + 10'000);
      const bool is_last = &bytes == &batches.back();
      ASSERT_TRUE(decode_bridge_batch(bytes, batch));
      EXPECT_EQ(batch.is_full, is_full && is_last);
      EXPECT_EQ(batch.cursors.size(), is_last ? kPeople : 0);
      EXPECT_EQ(batch.named.size(), batch.is_full ? told : 0);
      for (const auto& one : batch.named) ASSERT_LT(one.value, told);
      for (const auto& one : batch.people) ASSERT_EQ(one.actor.value, told++);
    }
    EXPECT_EQ(told, kPeople);
  }
}

TEST(BridgeBatchTest, I5TooManyEventsComeInPiecesBehindTheirSenders) {
  BridgeWriter writer;
  const Bytes payload = Bytes("\xc5\x40\x00", 3) + Bytes(16'384, 'x');
  for (std::uint64_t i = 0; i < 200; ++i) {
    writer.add_event({1}, std::to_string(i), payload);
  }
  writer.add_person(person(1, "\x80"));
  writer.add_farewell({.actor = {2}, .reason = presence::LeaveReason::left});
  BridgeBatch batch;
  std::uint64_t told = 0;
  bool has_sender = false;
  for (const Bytes& bytes : batches_of(writer, true)) {
    EXPECT_LT(bytes.size(), kPieceBytesMax + 20'000);
    EXPECT_EQ(batch.farewells.size(), 0U) << "the last batch is the last";
    ASSERT_TRUE(decode_bridge_batch(bytes, batch));
    has_sender = has_sender || !batch.people.empty();
    EXPECT_TRUE(has_sender);
    for (const auto& event : batch.events) ASSERT_EQ(event.name, std::to_string(told++));
  }
  EXPECT_EQ(told, 200U);
  EXPECT_TRUE(batch.is_full);
  EXPECT_EQ(batch.named, (std::vector<ActorId>{{1}}));
}

TEST(BridgeBatchTest, I7RefusesEveryPieceAndWhatFollows) {
  const Bytes whole = some_batch(false);
  BridgeBatch batch;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_bridge_batch(ByteView(whole).substr(0, size), batch)) << size;
  }
  EXPECT_FALSE(decode_bridge_batch(whole + '\xc0', batch));
}

TEST(BridgeBatchTest, I7RefusesWhatIsNotABatch) {
  BridgeBatch batch;
  const auto refuses = [&batch](ByteView bytes) { return !decode_bridge_batch(bytes, batch); };
  EXPECT_TRUE(refuses("\xc1"));
  EXPECT_TRUE(refuses("\x96\x02\xc2\x90\x90\x90\x90")) << "another version";
  EXPECT_TRUE(refuses("\x97\x01\xc2\x90\x90\x90\x90\x90")) << "more parts";
  EXPECT_TRUE(refuses("\x96\x01\xc2\x91\x92\x01\x02\x90\x90\x90")) << "a cursor with one number";
  EXPECT_TRUE(refuses("\x96\x01\xc2\x90\x90\x91\x92\x01\x04\x90")) << "an unknown reason";
  EXPECT_TRUE(refuses(ByteView("\x96\x01\xc2\xdd\xff\xff\xff\xff", 8))) << "a count of everything";
  EXPECT_TRUE(refuses("\x96\x01\xc2\x90\x91\x91\x07\x90\x90")) << "a name in one that is not full";
  EXPECT_FALSE(refuses("\x96\x01\xc3\x90\x91\x91\x07\x90\x90"));
  BridgeWriter writer;
  writer.add_cursor({1}, {.x = std::numeric_limits<float>::infinity()});
  EXPECT_TRUE(refuses(batch_of(writer, false)));
  writer.add_cursor({1}, {.x = std::nanf("")});
  EXPECT_TRUE(refuses(batch_of(writer, false)));
}

}  // namespace
}  // namespace weft::router
