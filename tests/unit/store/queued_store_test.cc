// SPDX-License-Identifier: Apache-2.0
#include "store/queued_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

namespace weft::store {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// Remembers how many calls it was given at a time.
class CountingMedium final : public Medium {
 public:
  using Sizes = std::vector<std::size_t>;
  CountingMedium(std::mutex& mutex, Sizes& sizes) : mutex_(mutex), sizes_(sizes) {}
  void carry_out(std::span<Call> calls) override {
    const std::lock_guard lock(mutex_);
    sizes_.push_back(calls.size());
  }

 private:
  std::mutex& mutex_;
  Sizes& sizes_;
};

class QueuedStoreTest : public ::testing::Test {
 protected:
  void open(std::chrono::milliseconds gather, std::size_t batch_bytes_max = 1 << 20) {
    QueueOptions options;
    options.name = "test";
    options.gather = gather;
    options.batch_bytes_max = batch_bytes_max;
    store_ = std::make_unique<QueuedStore>(std::move(options),
                                           std::make_unique<CountingMedium>(mutex_, sizes_));
  }
  std::future<void> append(std::uint64_t seq, std::size_t bytes = 1) {
    auto committed = std::make_shared<std::promise<void>>();
    store_->append("canvas", 1, {.seq = seq, .sum = 0, .push = Bytes(bytes, 'x')},
                   [committed](Kept) { committed->set_value(); });
    return committed->get_future();
  }
  void expect_done(const std::future<void>& future, const char* what) {
    ASSERT_EQ(future.wait_for(seconds(10)), std::future_status::ready) << what << " within 10 s";
  }
  CountingMedium::Sizes sizes() {
    const std::lock_guard lock(mutex_);
    return sizes_;
  }

  std::mutex mutex_;
  CountingMedium::Sizes sizes_;
  std::unique_ptr<QueuedStore> store_;  // after what its medium borrows
};

TEST_F(QueuedStoreTest, T33_WritesThatFollowCloselyShareACommit) {
  open(hours(1));
  expect_done(append(1), "the first append, which does not wait");
  const auto second = append(2);
  const auto third = append(3);
  store_.reset();  // carries out what is queued
  expect_done(second, "the second append");
  expect_done(third, "the third append");
  EXPECT_EQ(sizes(), (CountingMedium::Sizes{1, 2}));
}

TEST_F(QueuedStoreTest, T33_AReadTakesWhatWaitsAlong) {
  open(hours(1));
  expect_done(append(1), "the first append");
  const auto second = append(2);
  std::promise<void> read;
  store_->exists("canvas", [&read](const auto&) { read.set_value(); });
  expect_done(read.get_future(), "the read");
  expect_done(second, "the append before it");
  EXPECT_EQ(sizes(), (CountingMedium::Sizes{1, 2}));
}

TEST_F(QueuedStoreTest, T33_AFullBatchDoesNotWait) {
  open(hours(1), 1'000);
  expect_done(append(1), "the first append");
  const auto second = append(2);
  const auto third = append(3, 2'000);
  expect_done(second, "the second append");
  expect_done(third, "the append that filled the batch");
}

TEST_F(QueuedStoreTest, T33_WithoutAnIntervalNothingWaits) {
  open(seconds(0));
  expect_done(append(1), "the first append");
  expect_done(append(2), "the second append");
  EXPECT_EQ(sizes(), (CountingMedium::Sizes{1, 1}));
}

}  // namespace
}  // namespace weft::store
