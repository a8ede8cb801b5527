// SPDX-License-Identifier: Apache-2.0
// The log of the simulation: what it may lose, and what counts as told.
#include "sim/sim_log.h"

#include "support/log_recorder.h"

#include <gtest/gtest.h>

#include <memory>

namespace weft::sim {
namespace {

using std::chrono::milliseconds;

Plan plan_with_lag() {
  Plan plan;
  plan.cluster.instances = 2;
  plan.cluster.log_lag = milliseconds(100);
  return plan;
}

/// Two instances on a canvas; the second hears of everything 100 ms after the first.
class SimLogTest : public ::testing::Test {
 protected:
  SimLogTest() {
    shared_.calm_since = shared_.now.mono;  // no open fails
    late_->open("c", late_room_);
    pass(milliseconds(100));
  }

  void pass(milliseconds time) {
    shared_.now.mono += time;
    service_.run();
  }
  static log::Push first_push() {
    return {.client = "ann", .n = 1, .actor = {7}, .user = "user-a", .ops = Bytes("\x90")};
  }

  const Plan plan_ = plan_with_lag();
  Shared shared_{plan_, false};
  SimNet net_;
  SimLogService service_{shared_, net_};
  test::LogRecorder prompt_room_;
  test::LogRecorder late_room_;
  std::unique_ptr<log::Log> prompt_ = service_.connect(0);
  std::unique_ptr<log::Log> late_ = service_.connect(1);
};

TEST_F(SimLogTest, APushWhoseInstanceEndsBeforeItHearsOfItIsToldToWhoeverComesNext) {
  late_->append("c", first_push());
  pass(milliseconds(99));
  late_.reset();
  EXPECT_TRUE(late_room_.told.empty());
  EXPECT_TRUE(service_.has_untold("c"));
  EXPECT_EQ(shared_.ledger.last_seq("c"), 0U);

  EXPECT_EQ(service_.read_at_rest("c").tail.size(), 1U);
  EXPECT_FALSE(service_.has_untold("c"));
  EXPECT_EQ(shared_.ledger.seq_of("c", "ann", 1), 1U);
}

TEST_F(SimLogTest, APushCountsAsToldWithTheFirstInstanceThatHearsOfIt) {
  prompt_->open("c", prompt_room_);
  pass(milliseconds(0));
  late_->append("c", first_push());
  pass(milliseconds(1));
  EXPECT_EQ(prompt_room_.told.size(), 1U);
  EXPECT_TRUE(late_room_.told.empty());
  EXPECT_FALSE(service_.has_untold("c"));
  EXPECT_EQ(shared_.ledger.last_seq("c"), 1U);
}

}  // namespace
}  // namespace weft::sim
