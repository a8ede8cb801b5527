// SPDX-License-Identifier: Apache-2.0
// The checks can fail: with one protection switched off they complain, and a run is the same run
// each time it is played.
#include "sim/sim_world.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::sim {
namespace {

constexpr std::uint64_t kSeeds = 12;

/// How many of the seeds are complained about with this word.
std::size_t complaints_about(Sabotage sabotage, std::string_view word) {
  std::size_t complaints = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan = plan_for(seed);
    plan.sabotage = sabotage;
    const Verdict verdict = play(plan);
    if (!verdict.complaint.empty() && verdict.complaint.contains(word)) ++complaints;
  }
  return complaints;
}

TEST(SimulationControl, ApplyingADuplicateIsSeen) {
  EXPECT_GE(complaints_about(Sabotage::client_applies_duplicates, ""), kSeeds / 2);
}

TEST(SimulationControl, APushThatIsNotAppliedIsSeen) {
  EXPECT_GE(complaints_about(Sabotage::client_skips_a_push, ""), kSeeds / 2);
}

TEST(SimulationControl, ALeaveThatIsNotHeardIsSeen) {
  EXPECT_GE(complaints_about(Sabotage::client_ignores_leaves, "a ghost"), kSeeds / 4);
}

TEST(SimulationControl, ACursorThatIsNotHeardIsSeen) {
  EXPECT_GE(complaints_about(Sabotage::client_ignores_cursors, "the cursor of"), kSeeds / 2);
}

TEST(SimulationControl, APushThatIsNotSentAgainIsSeen) {
  EXPECT_GE(complaints_about(Sabotage::client_never_resends, ""), kSeeds / 2);
}

TEST(SimulationControl, AFrameThatIsLostIsSeen) {
  EXPECT_GE(complaints_about(Sabotage::net_loses_a_frame, "(S2)"), kSeeds / 2);
}

TEST(SimulationControl, ACommitThatIsForgottenIsSeen) {
  EXPECT_GE(complaints_about(Sabotage::store_forgets_commits, ""), kSeeds / 2);
}

/// Several instances, whose bus loses much and whose log is slow.
Plan lossy_plan_for(std::uint64_t seed) {
  Plan plan = cluster_plan_for(seed);
  plan.cluster.is_faithful = false;
  plan.cluster.loses = 30;
  plan.cluster.log_delay_max = std::chrono::milliseconds(150);
  return plan;
}

/// Besides, each instance knows less than the one before it, and enough people hop between them.
Plan lagging_plan_for(std::uint64_t seed) {
  Plan plan = lossy_plan_for(seed);
  plan.cluster.log_delay_max = std::chrono::milliseconds(20);
  plan.cluster.log_lag = std::chrono::milliseconds(400);
  plan.clients = 8;
  plan.canvases = 1;
  plan.steps = 600;
  return plan;
}

std::size_t cluster_complaints_about(Sabotage sabotage, std::string_view word,
                                     Plan (*plan_of)(std::uint64_t) = lossy_plan_for) {
  std::size_t complaints = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan = plan_of(seed);
    plan.sabotage = sabotage;
    const Verdict verdict = play(plan);
    if (!verdict.complaint.empty() && verdict.complaint.contains(word)) ++complaints;
  }
  return complaints;
}

TEST(SimulationControl, ABusWithoutSabotageIsNotComplainedAbout) {
  EXPECT_EQ(cluster_complaints_about(Sabotage::none, ""), 0U);
}

TEST(SimulationControl, ABusThatDoesNotNoticeItsLossesIsSeen) {
  EXPECT_GE(cluster_complaints_about(Sabotage::bus_notices_no_loss, " sees "), kSeeds / 4);
}

TEST(SimulationControl, ARoomThatIgnoresGonePeersIsSeen) {
  EXPECT_GE(cluster_complaints_about(Sabotage::room_ignores_gone_peers, "a ghost"), kSeeds / 4);
}

TEST(SimulationControl, ALogThatLagsWithoutSabotageIsNotComplainedAbout) {
  EXPECT_EQ(cluster_complaints_about(Sabotage::none, "", lagging_plan_for), 0U);
}

TEST(SimulationControl, AnArrivalThatIsNotSyncedIsSeen) {
  EXPECT_GE(cluster_complaints_about(Sabotage::arrivals_are_not_synced, "behind what was told",
                                     lagging_plan_for),
            kSeeds / 4);
}

TEST(SimulationControl, ASeedIsTheSameRunEachTime) {
  const Plan plan = plan_for(1);
  const Verdict first = play(plan);
  const Verdict second = play(plan);
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.counts, second.counts);
  EXPECT_NE(first.digest, play(plan_for(2)).digest);
  const Plan cluster = cluster_plan_for(3);
  EXPECT_EQ(play(cluster).counts, play(cluster).counts);
}

}  // namespace
}  // namespace weft::sim
