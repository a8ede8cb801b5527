// SPDX-License-Identifier: Apache-2.0
// Seeded runs of whole worlds. WEFT_SIM_SEED=<n> replays one seed with its trace,
// WEFT_SIM_SEEDS=<count> plays the first so many.
#include "sim/sim_world.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace weft::sim {
namespace {

constexpr std::uint64_t kSeeds = 300;
constexpr std::uint64_t kClusterSeeds = 150;
constexpr std::size_t kTraceLines = 80;

/// What the seeds together must run into, or the simulation proves less than it seems to.
constexpr const char* kMustBeMet[] = {"back within grace",
                                      "commit",
                                      "crash",
                                      "drain",
                                      "duplicate",
                                      "error rate_limited",
                                      "error unavailable",
                                      "event",
                                      "goodbye draining",
                                      "goodbye idle_link",
                                      "goodbye overloaded",
                                      "goodbye slow",
                                      "goodbye token_expired",
                                      "misshapen",
                                      "no effect",
                                      "own push as ops",
                                      "push sent again after a reconnect",
                                      "rebased",
                                      "refused not_allowed",
                                      "refused out_of_order",
                                      "rejected",
                                      "resumed",
                                      "room closed",
                                      "snapshot again",
                                      "snapshot in parts",
                                      "compressed",
                                      "token renewed",
                                      "trimmed log"};

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

/// The last lines before the complaint, from a second run of the same seed.
std::string story_of(const Plan& plan) {
  const Verdict again = play(plan, true);
  std::string story;
  const std::size_t skip = again.trace.size() - std::min(again.trace.size(), kTraceLines);
  for (std::size_t i = skip; i < again.trace.size(); ++i) story += "  " + again.trace[i] + "\n";
  return story;
}

/// What a server says to its operator is no news here: stores fail and servers crash all the time.
class Silence : public ::testing::Environment {
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
};
const auto* const kSilence = ::testing::AddGlobalTestEnvironment(new Silence);

/// What seeds of several instances must run into besides.
constexpr const char* kMustBeMetByClusters[] = {"another epoch",
                                                "back within grace",
                                                "batch lost",
                                                "bus back",
                                                "called dead",
                                                "commit",
                                                "crash",
                                                "cut off",
                                                "drain",
                                                "duplicate",
                                                "error unavailable",
                                                "event",
                                                "goodbye internal",
                                                "goodbye replaced",
                                                "goodbye reset",
                                                "log lost its tail",
                                                "open failed",
                                                "parted",
                                                "published",
                                                "resumed",
                                                "room closed",
                                                "same actor on another instance",
                                                "snapshot again",
                                                "sync",
                                                "trimmed log"};

/// Plays the seeds that were asked for; `must_be_met` when they are as many as usual.
void play_seeds(Plan (*plan_of)(std::uint64_t), std::uint64_t usual_seeds,
                std::span<const char* const> must_be_met) {
  if (const auto seed = number_from("WEFT_SIM_SEED")) {
    const Verdict verdict = play(plan_of(*seed), true);
    for (const std::string& line : verdict.trace) std::cout << line << '\n';
    EXPECT_EQ(verdict.complaint, "") << "seed " << *seed;
    return;
  }
  const std::uint64_t seeds = number_from("WEFT_SIM_SEEDS").value_or(usual_seeds);
  std::map<std::string, std::size_t> counts;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Verdict verdict = play(plan_of(seed));
    for (const auto& [what, count] : verdict.counts) counts[what] += count;
    if (verdict.complaint.empty()) continue;
    ADD_FAILURE() << "WEFT_SIM_SEED=" << seed << ": " << verdict.complaint << '\n'
                  << story_of(plan_of(seed));
    if (++failures == 5) break;
  }
  if (failures > 0 || seeds < usual_seeds) return;
  for (const char* what : must_be_met) {
    EXPECT_GT(counts[what], 0U) << "no run has met: " << what;
  }
}

TEST(Simulation, S1S2S4S5C3R7EveryPromiseIsKeptWhateverHappens) {
  play_seeds(plan_for, kSeeds, kMustBeMet);
}

TEST(Simulation, R20R22I2I8EveryPromiseIsKeptAcrossInstances) {
  play_seeds(cluster_plan_for, kClusterSeeds, kMustBeMetByClusters);
}

}  // namespace
}  // namespace weft::sim
