// SPDX-License-Identifier: Apache-2.0
#include "connection/outbox.h"

#include "connection/frame_compressor.h"
#include "protocol/msgpack.h"
#include "unit/connection/compressible.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace weft::connection {
namespace {

using protocol::Encoding;
using protocol::make_frame;
using std::chrono::seconds;

constexpr Instant kStart{};

protocol::FrameRef frame_of(std::size_t payload_bytes) {
  Bytes messages;
  protocol::append_binary(messages, std::string(payload_bytes, 'x'));
  return make_frame(messages);
}

std::size_t waiting_bytes(const Outbox& outbox) {
  std::array<ByteView, 64> pieces;
  std::size_t bytes = 0;
  for (std::size_t i = 0, count = outbox.gather(pieces); i < count; ++i) bytes += pieces[i].size();
  return bytes;
}

std::string waiting_text(const Outbox& outbox) {
  std::array<ByteView, 64> pieces;
  std::string text;
  for (std::size_t i = 0, count = outbox.gather(pieces); i < count; ++i) text += pieces[i];
  return text;
}

TEST(Outbox, O1GathersFramesInTheirOrderAsOneWrite) {
  Outbox outbox({}, Encoding::msgpack);
  const auto first = frame_of(10);
  const auto second = frame_of(20);
  EXPECT_EQ(outbox.offer(first, Lane::reliable, kStart), Outbox::Offer::queued);
  EXPECT_EQ(outbox.offer(second, Lane::live, kStart), Outbox::Offer::queued);
  EXPECT_EQ(waiting_text(outbox), std::string(first->wire(Encoding::msgpack)) +
                                      std::string(second->wire(Encoding::msgpack)));
}

TEST(Outbox, O1WritesThatEndAnywhereLeaveExactlyTheRest) {
  const auto first = frame_of(10);
  const auto second = frame_of(20);
  const std::string whole =
      std::string(first->wire(Encoding::msgpack)) + std::string(second->wire(Encoding::msgpack));
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    Outbox outbox({}, Encoding::msgpack);
    ASSERT_EQ(outbox.offer(first, Lane::reliable, kStart), Outbox::Offer::queued);
    ASSERT_EQ(outbox.offer(second, Lane::reliable, kStart), Outbox::Offer::queued);
    outbox.note_written(cut, kStart);
    EXPECT_EQ(waiting_text(outbox), whole.substr(cut)) << "cut at " << cut;
    EXPECT_EQ(outbox.is_empty(), cut == whole.size());
  }
}

TEST(Outbox, O2ReliableBytesBeyondTheBoundAreRefusedAndNothingIsLost) {
  Outbox outbox({.bytes_max = 100}, Encoding::msgpack);
  EXPECT_EQ(outbox.offer(frame_of(60), Lane::reliable, kStart), Outbox::Offer::queued);
  EXPECT_EQ(outbox.offer(frame_of(20), Lane::reliable, kStart), Outbox::Offer::queued);
  outbox.note_blocked();
  const auto before = waiting_text(outbox);
  EXPECT_EQ(outbox.offer(frame_of(60), Lane::reliable, kStart), Outbox::Offer::over_limit);
  EXPECT_EQ(waiting_text(outbox), before);
  outbox.note_written(before.size(), kStart);
  EXPECT_EQ(outbox.offer(frame_of(60), Lane::reliable, kStart), Outbox::Offer::queued);
}

TEST(Outbox, O2WhatTheSocketHasNotBeenOfferedSaysNothingAboutTheReader) {
  Outbox outbox({.bytes_max = 100}, Encoding::msgpack);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(outbox.offer(frame_of(60), Lane::reliable, kStart), Outbox::Offer::queued);
  }
  outbox.note_blocked();
  EXPECT_EQ(outbox.offer(frame_of(60), Lane::reliable, kStart), Outbox::Offer::over_limit);
}

TEST(Outbox, O2BulkDoesNotCountAgainstTheBound) {
  Outbox outbox({.bytes_max = 100}, Encoding::msgpack);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(outbox.offer(frame_of(1000), Lane::bulk, kStart), Outbox::Offer::queued);
  }
  EXPECT_EQ(outbox.reliable_bytes(), 0U);
  outbox.note_blocked();
  EXPECT_EQ(outbox.offer(frame_of(60), Lane::reliable, kStart), Outbox::Offer::queued);
}

TEST(Outbox, O3NothingIsQueuedOnTheLiveLaneBehindABlockedSocket) {
  Outbox outbox({}, Encoding::msgpack);
  ASSERT_EQ(outbox.offer(frame_of(100), Lane::reliable, kStart), Outbox::Offer::queued);
  ASSERT_EQ(outbox.offer(frame_of(50), Lane::live, kStart), Outbox::Offer::queued);
  outbox.note_written(10, kStart);
  outbox.note_blocked();
  const auto rest = waiting_bytes(outbox);
  EXPECT_LT(rest, 110U) << "the unsent live frame is dropped";
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(outbox.offer(frame_of(50), Lane::live, kStart), Outbox::Offer::coalesced);
  }
  EXPECT_EQ(waiting_bytes(outbox), rest);
}

TEST(Outbox, O3ALiveFrameThatHasBegunIsFinished) {
  Outbox outbox({}, Encoding::msgpack);
  const auto live = frame_of(50);
  ASSERT_EQ(outbox.offer(live, Lane::live, kStart), Outbox::Offer::queued);
  outbox.note_written(1, kStart);
  outbox.note_blocked();
  EXPECT_EQ(waiting_text(outbox), std::string(live->wire(Encoding::msgpack)).substr(1));
}

TEST(Outbox, O4AsksForARefreshOnceWhenItHasDrained) {
  Outbox outbox({}, Encoding::msgpack);
  ASSERT_EQ(outbox.offer(frame_of(100), Lane::reliable, kStart), Outbox::Offer::queued);
  outbox.note_written(10, kStart);
  outbox.note_blocked();
  ASSERT_EQ(outbox.offer(frame_of(5), Lane::live, kStart), Outbox::Offer::coalesced);
  EXPECT_FALSE(outbox.take_refresh());
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_FALSE(outbox.is_blocked());
  EXPECT_TRUE(outbox.take_refresh());
  EXPECT_FALSE(outbox.take_refresh());
}

TEST(Outbox, O4NoRefreshWhenNothingLiveWasDropped) {
  Outbox outbox({}, Encoding::msgpack);
  ASSERT_EQ(outbox.offer(frame_of(100), Lane::reliable, kStart), Outbox::Offer::queued);
  outbox.note_written(10, kStart);
  outbox.note_blocked();
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_FALSE(outbox.take_refresh());
}

TEST(Outbox, O5IsOverdueWhenTheOldestByteHasWaitedTenSeconds) {
  Outbox outbox({}, Encoding::msgpack);
  EXPECT_FALSE(outbox.is_overdue(kStart + seconds(100)));
  ASSERT_EQ(outbox.offer(frame_of(10), Lane::reliable, kStart), Outbox::Offer::queued);
  EXPECT_FALSE(outbox.is_overdue(kStart + seconds(10) - std::chrono::nanoseconds(1)));
  EXPECT_TRUE(outbox.is_overdue(kStart + seconds(10)));
}

TEST(Outbox, O5WaitingBehindASnapshotThatMovesIsNotOverdue) {
  Outbox outbox({}, Encoding::msgpack);
  ASSERT_EQ(outbox.offer(frame_of(10'000), Lane::bulk, kStart), Outbox::Offer::queued);
  ASSERT_EQ(outbox.offer(frame_of(10), Lane::reliable, kStart), Outbox::Offer::queued);
  for (int s = 5; s <= 40; s += 5) {
    outbox.note_written(1000, kStart + seconds(s));
    EXPECT_FALSE(outbox.is_overdue(kStart + seconds(s + 9))) << s;
  }
  EXPECT_TRUE(outbox.is_overdue(kStart + seconds(50)));
}

TEST(Outbox, O6DroppingWhatWaitsKeepsTheRestOfABegunFrame) {
  Outbox outbox({}, Encoding::msgpack);
  const auto begun = frame_of(100);
  ASSERT_EQ(outbox.offer(begun, Lane::reliable, kStart), Outbox::Offer::queued);
  ASSERT_EQ(outbox.offer(frame_of(100), Lane::reliable, kStart), Outbox::Offer::queued);
  outbox.note_written(7, kStart);
  outbox.drop_waiting();
  EXPECT_EQ(waiting_text(outbox), std::string(begun->wire(Encoding::msgpack)).substr(7));
  EXPECT_EQ(outbox.reliable_bytes(), begun->wire(Encoding::msgpack).size());
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_EQ(outbox.reliable_bytes(), 0U);
}

TEST(Outbox, O7EachSessionGetsItsOwnEncodingOfASharedFrame) {
  const auto frame = frame_of(3);
  Outbox binary({}, Encoding::msgpack);
  Outbox text({}, Encoding::json);
  ASSERT_EQ(binary.offer(frame, Lane::reliable, kStart), Outbox::Offer::queued);
  ASSERT_EQ(text.offer(frame, Lane::reliable, kStart), Outbox::Offer::queued);
  EXPECT_EQ(waiting_text(binary), frame->wire(Encoding::msgpack));
  EXPECT_EQ(waiting_text(text), frame->wire(Encoding::json));
  EXPECT_NE(waiting_text(binary), waiting_text(text));
}

TEST(Outbox, O14GathersTheCompressedFormForSessionsThatTakeIt) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto frame = testing::compressible_frame(5000);
  Outbox plain({}, Encoding::msgpack);
  Outbox compressed({}, Encoding::msgpack, &compressor);
  for (Outbox* outbox : {&plain, &compressed}) {
    ASSERT_EQ(outbox->offer(frame, Lane::reliable, kStart), Outbox::Offer::queued);
    ASSERT_EQ(outbox->offer(frame, Lane::live, kStart), Outbox::Offer::queued);
    outbox->offer_control("\x8a\x00", kStart);
  }
  const std::string wire(frame->wire(Encoding::msgpack));
  EXPECT_EQ(waiting_text(plain), wire + wire + "\x8a");
  const std::string gathered = waiting_text(compressed);
  EXPECT_EQ(gathered, std::string(frame->settled_wire(Encoding::msgpack)) + wire + "\x8a")
      << "the live lane goes as it is";
  EXPECT_TRUE(testing::is_compressed(*frame, Encoding::msgpack));
  EXPECT_EQ(compressor.count(), 1U);
}

TEST(Outbox, O14WritesThatEndAnywhereInACompressedFrameLeaveExactlyTheRest) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto first = testing::compressible_frame(5000);
  const auto second = frame_of(20);
  std::string whole;
  for (std::size_t cut = 0; cut == 0 || cut <= whole.size(); ++cut) {
    Outbox outbox({}, Encoding::msgpack, &compressor);
    ASSERT_EQ(outbox.offer(first, Lane::bulk, kStart), Outbox::Offer::queued);
    ASSERT_EQ(outbox.offer(second, Lane::bulk, kStart), Outbox::Offer::queued);
    if (cut == 0) whole = waiting_text(outbox);
    ASSERT_EQ(waiting_text(outbox), whole);
    outbox.note_written(cut, kStart);
    EXPECT_EQ(waiting_text(outbox), whole.substr(cut)) << "cut at " << cut;
    EXPECT_EQ(outbox.is_empty(), cut == whole.size());
  }
}

TEST(Outbox, O2ReliableBytesAreCountedBeforeCompression) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto frame = testing::compressible_frame(5000);
  Outbox outbox({.bytes_max = 12'000}, Encoding::msgpack, &compressor);
  ASSERT_EQ(outbox.offer(frame, Lane::reliable, kStart), Outbox::Offer::queued);
  EXPECT_EQ(outbox.reliable_bytes(), frame->wire(Encoding::msgpack).size());
  ASSERT_LT(waiting_bytes(outbox), 100U);
  outbox.note_blocked();
  EXPECT_EQ(outbox.offer(frame, Lane::reliable, kStart), Outbox::Offer::queued);
  EXPECT_EQ(outbox.offer(frame, Lane::reliable, kStart), Outbox::Offer::over_limit);
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_EQ(outbox.reliable_bytes(), 0U);
}

TEST(Outbox, O16GathersNothingWhileTheFirstFrameWaitsToBeCompressed) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto first = testing::compressible_frame(128 * 1024);
  const auto second = testing::compressible_frame(128 * 1024);
  Outbox outbox({}, Encoding::msgpack, &compressor);
  ASSERT_EQ(outbox.offer(first, Lane::bulk, kStart), Outbox::Offer::queued);
  ASSERT_EQ(outbox.offer(second, Lane::bulk, kStart), Outbox::Offer::queued);
  const std::string gathered = waiting_text(outbox);
  EXPECT_EQ(gathered, first->settled_wire(Encoding::msgpack));
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_FALSE(outbox.is_empty());
  EXPECT_EQ(waiting_bytes(outbox), 0U);
  compressor.begin_turn(kStart + std::chrono::milliseconds(1));
  EXPECT_GT(waiting_bytes(outbox), 0U);
  EXPECT_EQ(waiting_text(outbox), second->settled_wire(Encoding::msgpack));
}

TEST(Outbox, O3NothingLiveWaitsBehindASocketThatTookNothingAtAll) {
  Outbox outbox({}, Encoding::msgpack);
  ASSERT_EQ(outbox.offer(frame_of(10), Lane::live, kStart), Outbox::Offer::queued);
  outbox.note_written(0, kStart);
  outbox.note_blocked();
  EXPECT_TRUE(outbox.is_empty());
  EXPECT_EQ(outbox.offer(frame_of(10), Lane::live, kStart), Outbox::Offer::coalesced);
  ASSERT_EQ(outbox.offer(frame_of(10), Lane::reliable, kStart), Outbox::Offer::queued);
  outbox.note_writable();
  EXPECT_TRUE(outbox.is_blocked()) << "until what waits is out";
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_TRUE(outbox.take_refresh());
}

TEST(Outbox, O18WhatIsHeldBackIsBoundedLikeBehindASlowReaderButIsNotOverdue) {
  Outbox outbox({.bytes_max = 3'000}, Encoding::msgpack);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(outbox.offer(frame_of(1'000), Lane::reliable, kStart), Outbox::Offer::queued);
  }
  outbox.note_held_back(kStart + seconds(9));
  EXPECT_EQ(outbox.offer(frame_of(10), Lane::live, kStart), Outbox::Offer::coalesced);
  EXPECT_EQ(outbox.offer(frame_of(1'000), Lane::reliable, kStart), Outbox::Offer::over_limit);
  EXPECT_FALSE(outbox.is_overdue(kStart + seconds(12)));
  EXPECT_TRUE(outbox.is_overdue(kStart + seconds(19)));
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_FALSE(outbox.is_held_back());
  EXPECT_TRUE(outbox.take_refresh()) << "of the live frame that was left out";
}

TEST(Outbox, O17GivesItsMemoryBackWhenNothingGoesThroughIt) {
  Outbox outbox({}, Encoding::msgpack);
  ASSERT_EQ(outbox.offer(frame_of(10), Lane::live, kStart), Outbox::Offer::queued);
  EXPECT_FALSE(outbox.rest());
  EXPECT_GT(waiting_bytes(outbox), 0U) << "what waits is kept";
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_GT(outbox.held_bytes(), 0U);
  EXPECT_TRUE(outbox.rest());
  EXPECT_EQ(outbox.held_bytes(), 0U);

  ASSERT_EQ(outbox.offer(frame_of(10), Lane::live, kStart), Outbox::Offer::queued);
  outbox.note_written(waiting_bytes(outbox), kStart);
  EXPECT_FALSE(outbox.rest());
  EXPECT_GT(outbox.held_bytes(), 0U) << "one that is in use keeps its memory";
  EXPECT_TRUE(outbox.rest());
  EXPECT_EQ(outbox.held_bytes(), 0U);
}

}  // namespace
}  // namespace weft::connection
