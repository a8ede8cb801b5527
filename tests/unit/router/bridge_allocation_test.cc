// SPDX-License-Identifier: Apache-2.0
#include "router/bridge_batch.h"
#include "support/count_allocations.h"

#include <gtest/gtest.h>

namespace weft::router {
namespace {

TEST(BridgeAllocation, I6CursorsAreWrittenAndReadWithOneAllocationForEachBatch) {
  constexpr int kBatches = 20;
  BridgeWriter writer;
  BridgeBatch batch;
  std::size_t before = 0;
  for (int i = 0; i <= kBatches; ++i) {
    for (std::uint64_t actor = 0; actor < 200; ++actor) {
      writer.add_cursor({actor + 100'000}, {.x = 0.1F * static_cast<float>(i + 1), .y = 0.3F});
    }
    writer.hand_over(
        false, [&batch](const Bytes& bytes) { ASSERT_TRUE(decode_bridge_batch(bytes, batch)); });
    if (i == 0) before = allocations;
  }
  EXPECT_EQ(allocations - before, std::size_t{kBatches});
}

}  // namespace
}  // namespace weft::router
