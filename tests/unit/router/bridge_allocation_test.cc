// SPDX-License-Identifier: Apache-2.0
#include "router/bridge_batch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

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
