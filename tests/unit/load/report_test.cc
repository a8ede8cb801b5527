// SPDX-License-Identifier: Apache-2.0
#include "load/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace weft::load {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Outcome outcome_of_moves() {
  Outcome outcome;
  outcome.window_seconds = 2;
  outcome.tally.joined = 3;
  outcome.here_at_end = 2;
  outcome.tally.moves = 1'000;
  outcome.tally.moves_heard = 1'999;
  outcome.moves_to_hear = 2'000;
  outcome.tally.deliveries_in_window = 1'990;
  outcome.tally.sends = 1'000;
  outcome.tally.move_latency.add(2ms);
  outcome.tally.goodbyes.add("slow");
  outcome.tally.lost.add("Connection refused");
  return outcome;
}

TEST(Report, JsonHasWhatTheRunFound) {
  Plan plan;
  plan.targets = {{"127.0.0.1", "1"}};
  plan.people = 3;
  const std::string text = report_as_json(plan, outcome_of_moves(), "9.9.9");
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto report = nlohmann::json::parse(text);
  EXPECT_EQ(report["scenario"], "cursors");
  EXPECT_EQ(report["weft"], "9.9.9");
  EXPECT_EQ(report["plan"]["urls"][0], "ws://127.0.0.1:1");
  EXPECT_EQ(report["moves"]["heard"], 1'999);
  EXPECT_EQ(report["people"]["joined"], 3);
  EXPECT_EQ(report["people"]["lost"]["Connection refused"], 1);
  EXPECT_EQ(report["deliveries_per_second"], 995);
  EXPECT_EQ(report["latency_us"]["move"]["count"], 1);
  EXPECT_EQ(report["latency_us"]["move"]["max"], 2'000);
  EXPECT_EQ(report["goodbyes"]["slow"], 1);
  EXPECT_EQ(report["generator_limited"], false);
  EXPECT_FALSE(report.contains("pushes"));
}

TEST(Report, BothFormsSayWhenTheGeneratorWasTheBottleneck) {
  Plan plan;
  plan.targets = {{"127.0.0.1", "1"}};
  Outcome outcome = outcome_of_moves();
  EXPECT_THAT(report_as_text(plan, outcome), Not(HasSubstr("bottleneck")));
  outcome.generator_cpu_share = 0.99;
  EXPECT_THAT(report_as_text(plan, outcome),
              HasSubstr("warning: the generator was the bottleneck"));
  const auto report = nlohmann::json::parse(report_as_json(plan, outcome, ""));
  EXPECT_EQ(report["generator_limited"], true);
  EXPECT_EQ(report["notes"].size(), 1U);
}

TEST(Report, TextOfAServerThatIsNotUtf8IsNoProblem) {
  Plan plan;
  plan.targets = {{"127.0.0.1", "1"}};
  Outcome outcome = outcome_of_moves();
  outcome.tally.lost.add("HTTP 500: \xff\xfe");
  EXPECT_TRUE(nlohmann::json::accept(report_as_json(plan, outcome, "")));
}

TEST(Report, TheTableHasRowsForItsScenario) {
  Plan plan;
  plan.targets = {{"127.0.0.1", "1"}};
  const std::string moves = report_as_text(plan, outcome_of_moves());
  EXPECT_THAT(moves, HasSubstr("1,999 of 2,000 (100.0 %)"));
  EXPECT_THAT(moves, HasSubstr("1 × slow"));
  EXPECT_THAT(moves, Not(HasSubstr("acks")));
  plan.scenario = Scenario::concepts;
  EXPECT_THAT(report_as_text(plan, outcome_of_moves()), HasSubstr("acks"));
}

}  // namespace
}  // namespace weft::load
