// SPDX-License-Identifier: Apache-2.0
#include "connection/frame_compressor.h"

#include "protocol/msgpack.h"
#include "unit/connection/compressible.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::connection {
namespace {

using protocol::Encoding;
using std::chrono::milliseconds;
using testing::compressible_frame;
using testing::is_compressed;

constexpr Instant kStart{};
constexpr std::size_t kPart = 128 * 1024;

/// Settles a frame in a turn of its own; whether it was compressed.
bool compresses(Lane lane, std::size_t bytes) {
  FrameCompressor compressor;
  const auto frame = compressible_frame(bytes);
  compressor.begin_turn(kStart);
  EXPECT_TRUE(compressor.settle(*frame, Encoding::msgpack, lane, kStart));
  return is_compressed(*frame, Encoding::msgpack);
}

TEST(FrameCompressor, O15SmallFramesGoAsTheyAre) {
  EXPECT_FALSE(compresses(Lane::bulk, 1000));
  EXPECT_TRUE(compresses(Lane::bulk, 1024));
  EXPECT_FALSE(compresses(Lane::reliable, 4000));
  EXPECT_TRUE(compresses(Lane::reliable, 4096));
  EXPECT_FALSE(FrameCompressor::takes(Lane::live));
}

TEST(FrameCompressor, O15SoDoFramesThatWouldStallTheTick) {
  EXPECT_TRUE(compresses(Lane::bulk, 500 * 1024));
  EXPECT_FALSE(compresses(Lane::bulk, 513 * 1024));
  EXPECT_FALSE(compresses(Lane::reliable, 513 * 1024));
}

TEST(FrameCompressor, O14AFrameIsSettledOnceForEachEncoding) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto frame = compressible_frame(10'000);
  for (int session = 0; session < 300; ++session) {
    const Encoding encoding = session % 3 == 0 ? Encoding::json : Encoding::msgpack;
    EXPECT_TRUE(compressor.settle(*frame, encoding, Lane::bulk, kStart));
    EXPECT_TRUE(is_compressed(*frame, encoding));
  }
  EXPECT_EQ(compressor.count(), 2U);
}

TEST(FrameCompressor, O14WhatDoesNotGetSmallerIsTriedOnce) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto frame = testing::noise_frame(10'000);
  for (int session = 0; session < 10; ++session) {
    EXPECT_TRUE(compressor.settle(*frame, Encoding::msgpack, Lane::bulk, kStart));
    EXPECT_EQ(frame->settled_wire(Encoding::msgpack), frame->wire(Encoding::msgpack));
  }
  EXPECT_EQ(compressor.count(), 1U);
}

TEST(FrameCompressor, O16ATurnCompressesOnePartOfASnapshotAndTheOthersWait) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto first = compressible_frame(kPart);
  const auto second = compressible_frame(kPart);
  EXPECT_TRUE(compressor.settle(*first, Encoding::msgpack, Lane::bulk, kStart));
  EXPECT_FALSE(compressor.settle(*second, Encoding::msgpack, Lane::bulk, kStart));
  EXPECT_TRUE(compressor.settle(*first, Encoding::msgpack, Lane::bulk, kStart)) << "has its form";
  EXPECT_FALSE(second->is_settled(Encoding::msgpack));

  compressor.begin_turn(kStart + milliseconds(1));
  EXPECT_TRUE(compressor.settle(*second, Encoding::msgpack, Lane::bulk, kStart));
  EXPECT_TRUE(is_compressed(*second, Encoding::msgpack));
}

TEST(FrameCompressor, O16NewsDoesNotWait) {
  FrameCompressor compressor;
  compressor.begin_turn(kStart);
  const auto first = compressible_frame(kPart);
  const auto news = compressible_frame(kPart);
  EXPECT_TRUE(compressor.settle(*first, Encoding::msgpack, Lane::reliable, kStart));
  EXPECT_TRUE(compressor.settle(*news, Encoding::msgpack, Lane::reliable, kStart));
  EXPECT_FALSE(is_compressed(*news, Encoding::msgpack));
  // What has gone out once stays as it is, for those who come to it later.
  compressor.begin_turn(kStart + milliseconds(1));
  EXPECT_TRUE(compressor.settle(*news, Encoding::msgpack, Lane::reliable, kStart));
  EXPECT_FALSE(is_compressed(*news, Encoding::msgpack));
}

TEST(FrameCompressor, O16APartWaitsNoLongerThan200Milliseconds) {
  FrameCompressor compressor;
  const auto late = compressible_frame(kPart);
  for (const auto waited : {milliseconds(199), milliseconds(200)}) {
    compressor.begin_turn(kStart + waited);
    const auto other = compressible_frame(kPart);
    EXPECT_TRUE(compressor.settle(*other, Encoding::msgpack, Lane::bulk, kStart));
    EXPECT_EQ(compressor.settle(*late, Encoding::msgpack, Lane::bulk, kStart),
              waited == milliseconds(200));
  }
  EXPECT_FALSE(is_compressed(*late, Encoding::msgpack));
}

}  // namespace
}  // namespace weft::connection
