// SPDX-License-Identifier: Apache-2.0
#include "redis/subscription_flow.h"

#include "redis/command_format.h"
#include "redis/slot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace weft::redis {
namespace {

using Kind = SubscriptionFlow::Event::Kind;

Answer push(const std::string& what, const std::string& channel, const std::string& payload = "") {
  Reply reply{.kind = Reply::Kind::array};
  for (const std::string& word : {what, channel, payload}) {
    reply.items.push_back({.kind = Reply::Kind::text, .text = word});
  }
  return reply;
}

Answer error(const std::string& words) {
  return Failure(RedisError{.errc = RedisErrc::refused, .detail = words});
}

Bytes commands_of(SubscriptionFlow& flow) {
  Bytes out;
  flow.take_commands(out);
  return out;
}

/// What the event says, in one line.
std::string show(SubscriptionFlow& flow, const Answer& answer) {
  const SubscriptionFlow::Event event = flow.read(answer);
  switch (event.kind) {
    case Kind::none:
      return "none";
    case Kind::confirmed:
      return "confirmed " + Bytes(event.channel) + " " + std::to_string(event.generation);
    case Kind::message:
      return Bytes(event.channel) + ": " + Bytes(event.payload);
    case Kind::taken_away:
      return "taken away " + Bytes(event.channel);
    case Kind::refused: {
      std::string text = event.detail + ":";
      for (const auto& ask : event.asks) text += " " + ask.channel;
      return text;
    }
    case Kind::nonsense:
      break;
  }
  return "nonsense";
}

}  // namespace

TEST(SubscriptionFlow, ManyChannelsGoInOneCommand) {
  SubscriptionFlow flow(false);
  flow.subscribe("a", 1);
  flow.subscribe("b", 2);
  EXPECT_EQ(commands_of(flow), format_command({"SSUBSCRIBE", "a", "b"}));
  EXPECT_EQ(show(flow, push("ssubscribe", "a")), "confirmed a 1");
  EXPECT_EQ(show(flow, push("smessage", "a", "text")), "a: text");
  EXPECT_EQ(show(flow, push("ssubscribe", "b")), "confirmed b 2");
  EXPECT_FALSE(flow.has_something_to_say());
  EXPECT_EQ(commands_of(flow), "");
}

TEST(SubscriptionFlow, NoCommandHasMoreThanFiveHundred) {
  SubscriptionFlow flow(false);
  for (std::uint64_t i = 1; i <= 1200; ++i) flow.subscribe("c", i);
  const Bytes out = commands_of(flow);
  EXPECT_EQ(out.find("*501\r\n"), 0u);
  EXPECT_NE(out.find("*201\r\n"), Bytes::npos);
}

TEST(SubscriptionFlow, InAClusterACommandHasOneSlot) {
  SubscriptionFlow flow(true);
  flow.subscribe("1{foo}", 1);
  flow.subscribe("1{bar}", 2);
  flow.subscribe("2{foo}", 3);
  flow.unsubscribe("1{bar}");
  ASSERT_LT(slot_of("bar"), slot_of("foo"));
  EXPECT_EQ(commands_of(flow), format_command({"SSUBSCRIBE", "1{bar}"}) +
                                   format_command({"SUNSUBSCRIBE", "1{bar}"}) +
                                   format_command({"SSUBSCRIBE", "1{foo}", "2{foo}"}));
}

TEST(SubscriptionFlow, TheProbesChannelIsAskedForAlone) {
  SubscriptionFlow flow(false);
  flow.subscribe("a", 1);
  flow.subscribe("probe", SubscriptionFlow::kProbeGeneration);
  flow.subscribe("b", 2);
  EXPECT_EQ(commands_of(flow), format_command({"SSUBSCRIBE", "a"}) +
                                   format_command({"SSUBSCRIBE", "probe"}) +
                                   format_command({"SSUBSCRIBE", "b"}));
}

TEST(SubscriptionFlow, EachConfirmationHasTheGenerationOfItsQuestion) {
  SubscriptionFlow flow(false);
  flow.subscribe("a", 1);
  flow.unsubscribe("a");
  flow.subscribe("a", 2);
  EXPECT_EQ(commands_of(flow), format_command({"SSUBSCRIBE", "a"}) +
                                   format_command({"SUNSUBSCRIBE", "a"}) +
                                   format_command({"SSUBSCRIBE", "a"}));
  EXPECT_EQ(show(flow, push("ssubscribe", "a")), "confirmed a 1");
  EXPECT_EQ(show(flow, push("sunsubscribe", "a")), "none");
  EXPECT_EQ(show(flow, push("ssubscribe", "a")), "confirmed a 2");
}

TEST(SubscriptionFlow, ARefusalIsForAllChannelsOfItsCommand) {
  SubscriptionFlow flow(true);
  flow.subscribe("1{foo}", 1);
  flow.subscribe("2{foo}", 2);
  flow.subscribe("1{bar}", 3);
  (void)commands_of(flow);
  EXPECT_EQ(show(flow, push("ssubscribe", "1{bar}")), "confirmed 1{bar} 3");
  EXPECT_EQ(show(flow, error("MOVED 1 h:1")), "MOVED 1 h:1: 1{foo} 2{foo}");
}

TEST(SubscriptionFlow, ARefusedUnsubscribeIsNothing) {
  SubscriptionFlow flow(true);
  flow.unsubscribe("a");
  (void)commands_of(flow);
  EXPECT_EQ(show(flow, error("MOVED 1 h:1")), "none");
}

TEST(SubscriptionFlow, WhatNobodyAskedForHasBeenTakenAway) {
  SubscriptionFlow flow(true);
  flow.subscribe("a", 1);
  (void)commands_of(flow);
  EXPECT_EQ(show(flow, push("ssubscribe", "a")), "confirmed a 1");
  EXPECT_EQ(show(flow, push("sunsubscribe", "a")), "taken away a");
  flow.subscribe("a", 2);
  (void)commands_of(flow);
  EXPECT_EQ(show(flow, push("sunsubscribe", "a")), "taken away a");
  EXPECT_EQ(show(flow, push("ssubscribe", "a")), "confirmed a 2");
}

TEST(SubscriptionFlow, OtherThingsAreNonsense) {
  SubscriptionFlow flow(false);
  EXPECT_EQ(show(flow, push("ssubscribe", "a")), "nonsense");
  EXPECT_EQ(show(flow, push("message", "a")), "nonsense");
  EXPECT_EQ(show(flow, Reply{}), "nonsense");
  EXPECT_EQ(show(flow, error("ERR why")), "nonsense");
}

TEST(SubscriptionFlow, ANewLinkBeginsAnew) {
  SubscriptionFlow flow(false);
  flow.subscribe("a", 1);
  (void)commands_of(flow);
  flow.subscribe("b", 2);
  flow.reset();
  EXPECT_FALSE(flow.has_something_to_say());
  flow.subscribe("c", 3);
  EXPECT_EQ(commands_of(flow), format_command({"SSUBSCRIBE", "c"}));
  EXPECT_EQ(show(flow, push("ssubscribe", "c")), "confirmed c 3");
}

}  // namespace weft::redis
