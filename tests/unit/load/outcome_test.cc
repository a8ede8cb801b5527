// SPDX-License-Identifier: Apache-2.0
#include "load/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace weft::load {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Outcome punctual() {
  Outcome outcome;
  outcome.tally.sends = 10'000;
  outcome.generator_cpu_share = 0.5;
  return outcome;
}

TEST(GeneratorLimits, APunctualGeneratorHasNone) {
  EXPECT_THAT(generator_limits(punctual()), IsEmpty());
  EXPECT_THAT(generator_limits(Outcome{}), IsEmpty());
}

TEST(GeneratorLimits, EachLimitIsSaidFromItsShareOn) {
  Outcome busy = punctual();
  busy.generator_cpu_share = 0.86;
  EXPECT_THAT(generator_limits(busy), ElementsAre(HasSubstr("86.0 % of a core")));

  Outcome late = punctual();
  late.tally.sends_late = 100;
  EXPECT_THAT(generator_limits(late), IsEmpty());
  late.tally.sends_late = 123;
  EXPECT_THAT(generator_limits(late),
              ElementsAre(HasSubstr("1.2 % of the sends were more than 5 ms late")));

  Outcome blocked = punctual();
  blocked.tally.sends_blocked = 10;
  EXPECT_THAT(generator_limits(blocked), IsEmpty());
  blocked.tally.sends_blocked = 11;
  EXPECT_THAT(generator_limits(blocked), ElementsAre(HasSubstr("full socket")));
}

ProcessUse use(const std::string& role, std::chrono::nanoseconds begin,
               std::chrono::nanoseconds end) {
  ProcessUse result;
  result.process = {role, 1};
  result.begin = ProcessSample{begin, 0};
  result.end = ProcessSample{end, 0};
  return result;
}

TEST(Deliveries, AreReckonedFromListenersForAllWhoRead) {
  Plan plan;
  plan.people = 100;
  Tally tally;
  tally.deliveries_in_window = 300;
  EXPECT_EQ(deliveries(plan, tally), 300U);
  plan.listeners = 10;
  EXPECT_EQ(deliveries(plan, tally), 3'000U);
  plan.scenario = Scenario::stalled;
  plan.stalled_share = 0.5;  // half of the listeners are among them
  EXPECT_EQ(deliveries(plan, tally), 3'000U);
}

TEST(CpuPerDelivery, SumsTheProcessesOfARole) {
  Plan plan;
  Outcome outcome;
  outcome.processes = {use("server", 1s, 2s), use("server", 0s, 1s), use("redis", 0s, 500ms)};
  EXPECT_FALSE(cpu_us_per_delivery(plan, outcome, "server"));
  outcome.tally.deliveries_in_window = 1'000'000;
  EXPECT_DOUBLE_EQ(*cpu_us_per_delivery(plan, outcome, "server"), 2.0);
  EXPECT_DOUBLE_EQ(*cpu_us_per_delivery(plan, outcome, "redis"), 0.5);
  EXPECT_FALSE(cpu_us_per_delivery(plan, outcome, "postgres"));
}

TEST(CpuPerDelivery, IsUnknownWhenAProcessEnded) {
  Plan plan;
  Outcome outcome;
  outcome.tally.deliveries_in_window = 10;
  outcome.processes = {use("server", 1s, 2s), use("server", 0s, 1s)};
  outcome.processes[1].end.reset();
  EXPECT_FALSE(cpu_us_per_delivery(plan, outcome, "server"));
}

TEST(CpuPerDelivery, OfAStormIsForEachWhoGotIn) {
  Plan plan;
  plan.scenario = Scenario::join;
  Outcome outcome;
  outcome.tally.joined = 4;
  outcome.processes = {use("server", 0s, 1s)};
  EXPECT_DOUBLE_EQ(*cpu_us_per_delivery(plan, outcome, "server"), 250'000);
}

TEST(Losses, AreSaidWithTheirNumber) {
  NameCounts lost;
  EXPECT_EQ(explain_losses(lost), "");
  lost.add("Connection refused", 3);
  lost.add("goodbye slow: Too slow.");
  EXPECT_EQ(explain_losses(lost), "Connection refused (3 times); goodbye slow: Too slow.");
}

TEST(Outcome, HasMeasuredWhatItsScenarioDoes) {
  Plan plan;
  Outcome outcome;
  for (const Scenario scenario :
       {Scenario::cursors, Scenario::concepts, Scenario::join, Scenario::idle, Scenario::stalled}) {
    plan.scenario = scenario;
    EXPECT_FALSE(has_measured(plan, outcome));
    Outcome done;
    done.tally.joined = done.tally.moves = done.tally.pushes = 1;
    EXPECT_TRUE(has_measured(plan, done));
  }
}

}  // namespace
}  // namespace weft::load
