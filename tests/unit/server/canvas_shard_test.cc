// SPDX-License-Identifier: Apache-2.0
#include "server/canvas_shard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weft::server {
namespace {

TEST(CanvasShard, V19NumberedCanvasesAreSpreadOverAllShards) {
  constexpr std::size_t kCanvases = 10'000;
  for (const std::uint64_t seed : {0U, 1U, 77U, 0xffff'ffffU}) {
    for (const std::size_t shards : {2U, 3U, 8U}) {
      std::vector<std::size_t> canvases(shards);
      for (std::size_t i = 0; i < kCanvases; ++i) {
        ++canvases[canvas_shard("bench-" + std::to_string(i), seed, shards)];
      }
      for (const std::size_t count : canvases) {
        EXPECT_NEAR(static_cast<double>(count), static_cast<double>(kCanvases / shards),
                    kCanvases / 20.0)
            << shards << " shards, seed " << seed;
      }
    }
  }
}

TEST(CanvasShard, V19ACanvasHasOneShardAndTheSeedDecidesWhich) {
  EXPECT_EQ(canvas_shard("plan", 5, 64), canvas_shard("plan", 5, 64));
  EXPECT_EQ(canvas_shard("plan", 5, 1), 0U);
  bool differs = false;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    differs = differs || canvas_shard("plan", seed, 64) != canvas_shard("plan", 5, 64);
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace weft::server
