// SPDX-License-Identifier: Apache-2.0
#include "redis/subscriptions.h"

#include "redis/node.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace weft::redis {
namespace {

class NoEvents final : public NodeEvents {
 public:
  void node_answered(Node&, Command, Answer) override {}
  void node_commands_up(Node&) override {}
  void node_commands_down(Node&, Link::Unanswered) override {}
  void node_subscriber_up(Node&) override {}
  void node_subscriber_down(Node&) override {}
  void node_heard(Node&, SubscriptionFlow::Event) override {}
  void node_has_output() override {}
  void node_is_elsewhere() override {}
};

class Recorder final : public ChannelListener {
 public:
  void channel_ready(ByteView channel) override { tell("ready " + Bytes(channel)); }
  void channel_lost(ByteView channel) override { tell("lost " + Bytes(channel)); }
  void channel_message(ByteView channel, ByteView payload) override {
    tell(Bytes(channel) + ": " + Bytes(payload));
  }
  std::vector<std::string> told;
  std::function<void()> on_event;

 private:
  void tell(std::string what) {
    told.push_back(std::move(what));
    if (on_event) on_event();
  }
};

/// Two nodes that never connect, since nobody runs their loop: they only stand for themselves.
class SubscriptionsTest : public testing::Test {
 protected:
  std::uint64_t add(ByteView channel, Recorder& listener, Node& at) {
    Subscriptions::Entry& entry = subscriptions.add(channel, 0, listener);
    entry.node = &at;
    return entry.generation;
  }
  void lose_all(Node& at) {
    subscriptions.lost_where(at, [](const auto&) { return true; });
  }

  boost::asio::io_context io;
  Surroundings surroundings{.io = io, .options = {}, .tls = nullptr, .random = {}};
  NoEvents events;
  Node node{surroundings, {.host = "127.0.0.1", .port = 1}, events};
  Node other{surroundings, {.host = "127.0.0.1", .port = 2}, events};
  Subscriptions subscriptions;
  Recorder recorder;
};

}  // namespace

TEST_F(SubscriptionsTest, AConfirmationCountsForItsOwnGenerationOnly) {
  const auto old_generation = add("a", recorder, node);
  subscriptions.remove("a");
  const auto generation = add("a", recorder, node);
  subscriptions.confirmed("a", old_generation, node);
  subscriptions.message("a", "early", node);
  EXPECT_TRUE(recorder.told.empty());
  subscriptions.confirmed("a", generation, node);
  subscriptions.confirmed("a", generation, node);
  subscriptions.message("a", "text", node);
  EXPECT_EQ(recorder.told, (std::vector<std::string>{"ready a", "a: text"}));
}

TEST_F(SubscriptionsTest, OnlyTheNodeWhereItWasAskedForCounts) {
  const auto generation = add("a", recorder, node);
  subscriptions.confirmed("a", generation, other);
  EXPECT_TRUE(recorder.told.empty());
  subscriptions.confirmed("a", generation, node);
  subscriptions.message("a", "text", other);
  subscriptions.lost("a", other);
  lose_all(other);
  EXPECT_EQ(recorder.told, std::vector<std::string>{"ready a"});
  subscriptions.lost("a", node);
  subscriptions.message("a", "late", node);
  EXPECT_EQ(recorder.told, (std::vector<std::string>{"ready a", "lost a"}));
}

TEST_F(SubscriptionsTest, WhatWasNotReadyIsNotLost) {
  add("a", recorder, node);
  lose_all(node);
  EXPECT_TRUE(recorder.told.empty());
  EXPECT_EQ(subscriptions.find("a")->node, nullptr);
}

TEST_F(SubscriptionsTest, AListenerMayReplaceTheOthersWhenTheyAreLost) {
  Recorder replaced;
  for (const char* channel : {"a", "b", "c"}) {
    Recorder& listener = *channel == 'a' ? recorder : replaced;
    subscriptions.confirmed(channel, add(channel, listener, node), node);
  }
  replaced.told.clear();
  recorder.told.clear();
  Recorder replacement;
  recorder.on_event = [&] {
    subscriptions.remove("b");
    subscriptions.remove("c");
    add("b", replacement, node);
  };
  lose_all(node);
  EXPECT_EQ(recorder.told, std::vector<std::string>{"lost a"});
  EXPECT_TRUE(replaced.told.empty());
  EXPECT_TRUE(replacement.told.empty());
}

}  // namespace weft::redis
