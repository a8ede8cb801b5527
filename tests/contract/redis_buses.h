// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/redis_bus.h"
#include "redis/channels.h"
#include "redis/client.h"
#include "redis/commands.h"
#include "redis/url.h"
#include "util/time.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// A bus's way to Redis, seen from the side: what was published, what is not confirmed yet.
class WatchedRedis final : public redis::Commands, public redis::Channels {
 public:
  explicit WatchedRedis(redis::Client& client) : client_(client) {}

  void call(ByteView key, std::span<const ByteView> words, redis::Done done) override {
    if (!key.starts_with("weft:node:")) ++publications;
    client_.call(key, words, std::move(done));
  }
  void run(const redis::Script&, std::span<const ByteView>, std::span<const ByteView>,
           redis::Done) override {
    FAIL() << "the bus has no scripts";
  }
  void subscribe(ByteView channel, redis::ChannelListener& listener) override {
    auto& entry = entries_[Bytes(channel)] = std::make_unique<Entry>(listener);
    client_.subscribe(channel, *entry);
  }
  void unsubscribe(ByteView channel) override {
    client_.unsubscribe(channel);
    const auto found = entries_.find(Bytes(channel));
    if (found == entries_.end()) return;
    ended_.push_back(std::move(found->second));  // it may be the one that is calling
    entries_.erase(found);
  }
  /// Not from inside a callback.
  void clean() { ended_.clear(); }

  [[nodiscard]] bool is_subscribed(const Bytes& channel) const {
    return entries_.contains(channel);
  }
  [[nodiscard]] bool is_ready() const {
    return std::ranges::all_of(entries_, [](const auto& one) { return one.second->is_ready; });
  }

  std::size_t publications = 0;  // beats are not counted

 private:
  struct Entry final : redis::ChannelListener {
    explicit Entry(redis::ChannelListener& to) : listener(to) {}
    void channel_ready(ByteView channel) override {
      is_ready = true;
      listener.channel_ready(channel);
    }
    void channel_lost(ByteView channel) override {
      is_ready = false;
      listener.channel_lost(channel);
    }
    void channel_message(ByteView channel, ByteView payload) override {
      listener.channel_message(channel, payload);
    }
    redis::ChannelListener& listener;
    bool is_ready = false;
  };
  redis::Client& client_;
  std::map<Bytes, std::unique_ptr<Entry>> entries_;
  std::vector<std::unique_ptr<Entry>> ended_;
};

/// Instances with real links to one Redis, whose shards are turned by the test.
class RedisBuses {
 public:
  RedisBuses(const std::string& url, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add(url);
  }
  ~RedisBuses() {
    for (auto& one : instances_) one->bus.reset();
  }

  std::size_t add(const std::string& url) {
    const std::uint64_t id = 0xabc0 + instances_.size();
    auto& one = *instances_.emplace_back(std::make_unique<Instance>());
    one.client = std::make_unique<redis::Client>(io_, redis::parse_url(url).value(),
                                                 std::span<const redis::Script>(), id);
    one.redis = std::make_unique<WatchedRedis>(*one.client);
    one.bus = std::make_unique<bus::RedisBus>(
        *one.redis, *one.redis, bus::PeerId{id},
        [](const std::string& sentence) { ADD_FAILURE() << "a notice: " << sentence; });
    one.client->subscribe(kMarks, one.marks);
    return instances_.size() - 1;
  }

  [[nodiscard]] bus::RedisBus& bus(std::size_t index) { return *instances_[index]->bus; }
  [[nodiscard]] WatchedRedis& redis(std::size_t index) { return *instances_[index]->redis; }

  /// As a crash does: the links break, nothing is said.
  void stop(std::size_t index) {
    Instance& one = *instances_[index];
    ended_.push_back("weft:node:{" + to_hex(one.bus->self().value) + "}");
    one.bus.reset();
    one.client.reset();
  }

  std::function<void()> on_turn;  // once in each turn of the shards

  /// Turns all shards until it holds.
  bool run_until(const std::function<bool()>& holds, const std::string& what,
                 std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "waited in vain for " << what;
        return false;
      }
      turn();
    }
    return true;
  }
  void run_for(std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < end) turn();
  }

  /// Until all that was said, and all that was answered to it, has arrived everywhere, and whoever
  /// was stopped is known to be dead.
  void settle() {
    for (;;) {
      const bool is_calm = run_until([this] { return are_ready(); }, "the subscriptions") &&
                           run_until([this] { return are_rid_of_ended(); }, "a death");
      if (!is_calm) return;
      const std::size_t before = publications();
      if (!make_marks()) return;
      if (publications() == before && are_ready()) return;
    }
  }

 private:
  static constexpr const char* kMarks = "marks";
  struct Marks final : redis::ChannelListener {
    void channel_ready(ByteView) override { is_ready = true; }
    void channel_lost(ByteView) override { is_ready = false; }
    void channel_message(ByteView, ByteView payload) override { ++heard[Bytes(payload)]; }
    bool is_ready = false;
    std::map<Bytes, std::size_t> heard;
  };
  struct Instance {
    Marks marks;
    std::unique_ptr<redis::Client> client;
    std::unique_ptr<WatchedRedis> redis;
    std::unique_ptr<bus::RedisBus> bus;
  };

  void turn() {
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds(5));
    while (io_.poll_one() > 0) {
    }
    if (on_turn) on_turn();
    const Now now{std::chrono::steady_clock::now(), 0};
    for (auto& one : instances_) {
      if (!one->bus) continue;
      one->bus->advance(now);
      one->redis->clean();
      one->client->flush();
    }
  }
  /// Everybody publishes a mark, and everybody hears all of them: what was published before has
  /// come, since the way is the same.
  bool make_marks() {
    const Bytes mark = std::to_string(++last_mark_);
    std::size_t count = 0;
    for (auto& one : instances_) {
      if (!one->client) continue;
      ++count;
      const std::array<ByteView, 3> words{"SPUBLISH", kMarks, mark};
      one->client->call(kMarks, words, [](const redis::Answer&) {});
    }
    return run_until(
        [&] {
          return std::ranges::all_of(instances_, [&](const auto& one) {
            return !one->client || one->marks.heard[mark] == count;
          });
        },
        "the marks");
  }
  [[nodiscard]] bool are_ready() const {
    return std::ranges::all_of(instances_, [](const auto& one) {
      return !one->client || (one->marks.is_ready && one->redis->is_ready());
    });
  }
  [[nodiscard]] bool are_rid_of_ended() const {
    return std::ranges::none_of(instances_, [this](const auto& one) {
      return one->client && std::ranges::any_of(ended_, [&](const Bytes& channel) {
               return one->redis->is_subscribed(channel);
             });
    });
  }
  [[nodiscard]] std::size_t publications() const {
    std::size_t sum = 0;
    for (const auto& one : instances_) sum += one->redis->publications;
    return sum;
  }
  static std::string to_hex(std::uint64_t number) {
    char text[17];
    std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(number));
    return text;
  }

  boost::asio::io_context io_{1};
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<Bytes> ended_;
  std::uint64_t last_mark_ = 0;
};

}  // namespace weft::test
