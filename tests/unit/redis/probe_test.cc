// SPDX-License-Identifier: Apache-2.0
#include "redis/probe.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace weft::redis {
namespace {

using Verdict = Probe::Verdict;

/// A probe of 500 ms and 1,500 ms, both links up at the beginning, ticked by hand.
class ProbeTest : public testing::Test {
 protected:
  void SetUp() override {
    probe.subscriber_up(now);
    probe.commands_up(now);
  }
  Probe::Step tick(std::chrono::milliseconds later = 500ms) {
    now += later;
    return probe.tick(now);
  }
  /// One that makes the round trip.
  void tick_well() {
    const Probe::Step step = tick();
    ASSERT_EQ(step.verdict, Verdict::fine);
    probe.published(step.publish.value());
    probe.heard(step.publish.value());
  }

  Instant now = Instant{} + 1h;
  Probe probe{500ms, 1500ms};
};

}  // namespace

TEST_F(ProbeTest, IsProvenByTheFirstRoundTrip) {
  EXPECT_FALSE(probe.is_proven());
  const auto first = probe.begin(now);
  ASSERT_TRUE(first.has_value());
  probe.published(*first);
  EXPECT_FALSE(probe.is_proven());
  probe.heard(*first);
  EXPECT_TRUE(probe.is_proven());
  EXPECT_FALSE(probe.begin(now).has_value());
}

TEST_F(ProbeTest, GoesOnForAsLongAsMessagesCome) {
  for (int i = 0; i < 100; ++i) tick_well();
}

TEST_F(ProbeTest, PublishedButNotHeardIsADeafSubscriber) {
  tick_well();
  for (int i = 0; i < 2; ++i) probe.published(tick().publish.value());
  EXPECT_EQ(tick().verdict, Verdict::subscriber_is_deaf);
}

TEST_F(ProbeTest, NothingAnsweredIsAMuteNode) {
  tick_well();
  EXPECT_EQ(tick().verdict, Verdict::fine);
  EXPECT_EQ(tick().verdict, Verdict::fine);
  EXPECT_EQ(tick().verdict, Verdict::node_is_mute);
}

TEST_F(ProbeTest, WhatCannotBePublishedProvesNothing) {
  tick_well();
  probe.commands_down();
  EXPECT_FALSE(probe.is_proven());
  EXPECT_FALSE(tick().publish.has_value());
  EXPECT_EQ(tick().verdict, Verdict::fine);
  EXPECT_EQ(tick().verdict, Verdict::subscriber_is_deaf);
}

TEST_F(ProbeTest, CommandsThatComeBackLateGiveTimeForOneMore) {
  tick_well();
  probe.commands_down();
  EXPECT_EQ(tick().verdict, Verdict::fine);
  EXPECT_EQ(tick().verdict, Verdict::fine);
  probe.commands_up(now);
  tick_well();
  EXPECT_TRUE(probe.is_proven());
}

TEST_F(ProbeTest, ALateProbeProvesOnlyWhenItWasSent) {
  const auto first = tick().publish.value();
  for (int i = 0; i < 1; ++i) probe.published(tick().publish.value());
  probe.heard(first);  // Sent 500 ms ago.
  EXPECT_EQ(tick().verdict, Verdict::fine);
  EXPECT_NE(tick().verdict, Verdict::fine);
}

TEST_F(ProbeTest, WhenWeWereLateOurselvesNobodyIsJudged) {
  tick_well();
  EXPECT_EQ(tick().verdict, Verdict::fine);
  const Probe::Step step = tick(10s);
  EXPECT_EQ(step.verdict, Verdict::fine);
  probe.heard(step.publish.value());
  tick_well();
}

TEST_F(ProbeTest, ANewSubscriberStartsAnew) {
  tick_well();
  const auto old = tick().publish.value();
  probe.subscriber_down();
  EXPECT_FALSE(probe.is_proven());
  EXPECT_FALSE(tick().publish.has_value());
  tick();
  tick();
  probe.subscriber_up(now);
  probe.heard(old);
  EXPECT_FALSE(probe.is_proven()) << "it was sent before";
  tick_well();
  EXPECT_TRUE(probe.is_proven());
}

}  // namespace weft::redis
