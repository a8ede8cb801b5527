// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/channels.h"
#include "redis/commands.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// What everybody's links lead to: sharded Pub/Sub in memory, one step at a time.
class FakeRedis {
 public:
  /// One shard's commands and channels, with the faults that a network has.
  class Link final : public redis::Commands, public redis::Channels {
   public:
    explicit Link(FakeRedis& redis) : redis_(redis) {}

    // Commands

    void call(ByteView key, std::span<const ByteView> words, redis::Done done) override {
      EXPECT_EQ(words.size(), 3U);
      EXPECT_EQ(words[0], "SPUBLISH");
      EXPECT_EQ(words[1], key);
      ++calls;
      const Bytes channel(key);
      const Bytes message(words[2]);
      if (fault && channel.find(fault_on) != Bytes::npos) {
        if (*fault == redis::RedisErrc::unknown) redis_.publish(channel, message);
        answer(std::move(done), redis::Answer(Failure<redis::RedisError>({*fault, "a fault"})));
        return;
      }
      if (holds_answers) {
        redis_.publish(channel, message);
        held.push_back(std::move(done));
        return;
      }
      const std::int64_t reached = redis_.publish(channel, message);
      answer(std::move(done),
             redis::Answer(redis::Reply{.kind = redis::Reply::Kind::integer, .integer = reached}));
    }
    void run(const redis::Script&, std::span<const ByteView>, std::span<const ByteView>,
             redis::Done) override {
      FAIL() << "the bus has no scripts";
    }

    // Channels

    void subscribe(ByteView channel, redis::ChannelListener& listener) override {
      EXPECT_TRUE(subscriptions.try_emplace(Bytes(channel), &listener, false).second)
          << channel << " twice";
      if (is_connected) confirm(Bytes(channel));
    }
    void unsubscribe(ByteView channel) override { subscriptions.erase(Bytes(channel)); }

    // Faults

    /// The subscriptions' link breaks; what is on its way is lost.
    void cut() {
      is_connected = false;
      to_do_.clear();
      for_each_channel([this](const Bytes& channel) {
        auto& [listener, is_ready] = subscriptions.at(channel);
        if (std::exchange(is_ready, false)) listener->channel_lost(channel);
      });
    }
    void reconnect() {
      is_connected = true;
      for_each_channel([this](const Bytes& channel) { confirm(channel); });
    }
    /// One channel alone, as when its slot moves.
    void cut(const Bytes& channel) {
      auto& [listener, is_ready] = subscriptions.at(channel);
      if (std::exchange(is_ready, false)) listener->channel_lost(channel);
    }
    void reconnect(const Bytes& channel) { confirm(channel); }

    std::optional<redis::RedisErrc> fault;  // what every command is answered; none: all is well
    Bytes fault_on;                         // only for channels that hold this
    bool holds_answers = false;             // commands are carried out and not answered
    std::vector<redis::Done> held;
    bool answers_come_first = false;  // before messages that were published earlier
    bool is_stopped = false;          // like a stopped process: what arrives waits
    bool is_connected = true;
    /// Messages that never arrive here, although the link holds.
    std::function<bool(const Bytes& channel, const Bytes& message)> loses;
    std::size_t calls = 0;
    struct Subscription {
      redis::ChannelListener* listener;
      bool is_ready;
    };
    std::map<Bytes, Subscription> subscriptions;

    bool run_one() {
      if (is_stopped) return false;
      auto& queue =
          answers_.empty() || (!to_do_.empty() && !answers_come_first) ? to_do_ : answers_;
      if (queue.empty()) return false;
      const auto work = std::move(queue.front());
      queue.pop_front();
      work();
      return true;
    }
    void deliver(const Bytes& channel, const Bytes& message) {
      if (!is_connected || (loses && loses(channel, message))) return;
      to_do_.emplace_back([this, channel, message] {
        const auto found = subscriptions.find(channel);
        if (found == subscriptions.end() || !found->second.is_ready) return;
        found->second.listener->channel_message(channel, message);
      });
    }

   private:
    void answer(redis::Done done, redis::Answer answer) {
      answers_.push_back([done = std::move(done), answer = std::move(answer)] { done(answer); });
    }
    void confirm(const Bytes& channel) {
      to_do_.emplace_back([this, channel] {
        const auto found = subscriptions.find(channel);
        if (found == subscriptions.end() || std::exchange(found->second.is_ready, true)) return;
        found->second.listener->channel_ready(channel);
      });
    }
    void for_each_channel(const std::function<void(const Bytes&)>& work) {
      std::vector<Bytes> channels;
      for (const auto& [channel, subscription] : subscriptions) channels.push_back(channel);
      for (const Bytes& channel : channels) work(channel);
    }

    FakeRedis& redis_;
    std::deque<std::function<void()>> to_do_;
    std::deque<std::function<void()>> answers_;
  };

  Link& add_link() { return *links_.emplace_back(std::make_unique<Link>(*this)); }

  /// Carries out everything that was asked for until now; false if there was nothing.
  bool run() {
    bool has_done = false;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      while (links_[i]->run_one()) has_done = true;
    }
    return has_done;
  }

  /// How many subscribers get it, unless their links break.
  std::int64_t publish(const Bytes& channel, const Bytes& message) {
    ++published;
    std::int64_t reached = 0;
    for (auto& link : links_) {
      link->deliver(channel, message);
      if (link->is_connected) reached += link->subscriptions.contains(channel);
    }
    return reached;
  }
  std::size_t published = 0;

 private:
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace weft::test
