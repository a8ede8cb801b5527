// SPDX-License-Identifier: Apache-2.0
// RedisBus on a real Redis that is killed, stopped and emptied, and whose links are cut.
#include "redis_buses.h"
#include "support/redis_server.h"
#include "support/state_rooms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {
namespace {

using namespace std::chrono_literals;
using bus::PeerId;

constexpr std::size_t kInstances = 3;

class RedisBusFaults : public testing::Test {
 protected:
  RedisBusFaults() {
    for (std::size_t i = 0; i < kInstances; ++i) {
      rooms_.push_back(std::make_unique<StateRooms>(buses_.bus(i)));
    }
    buses_.on_turn = [this] {
      for (auto& one : rooms_) one->tick();
    };
  }

  void gather(std::vector<CanvasId> canvases) {
    canvases_ = std::move(canvases);
    for (auto& one : rooms_) {
      for (const CanvasId& canvas : canvases_) one->open(canvas, "first");
    }
    wait_until_together();
    for (auto& one : rooms_) one->readies.clear();
  }
  /// Every room shows something new, whether anybody can be told or not.
  void change() {
    ++changes_;
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
      for (const CanvasId& canvas : canvases_) {
        rooms_[i]->show(canvas, std::to_string(i) + " shows " + std::to_string(changes_));
      }
    }
  }
  /// Each room sees what the others show, and nobody else.
  [[nodiscard]] bool are_together() const {
    for (const auto& one : rooms_) {
      for (const CanvasId& canvas : canvases_) {
        if (one->sees(canvas).size() != rooms_.size() - 1) return false;
        for (std::size_t i = 0; i < rooms_.size(); ++i) {
          if (rooms_[i] == one) continue;
          const auto seen = one->sees(canvas).find(peers_.at(i));
          if (seen == one->sees(canvas).end()) return false;
          if (seen->second != rooms_[i]->shows(canvas)) return false;
        }
      }
    }
    return true;
  }
  void wait_until_together(std::chrono::milliseconds patience = 20s) {
    peers_.clear();
    for (std::size_t i = 0; i < rooms_.size(); ++i) peers_.push_back(buses_.bus(i).self());
    buses_.run_until([this] { return are_together(); }, "every room to see what the others show",
                     patience);
  }
  void expect_nobody_gone() {
    for (const auto& one : rooms_) EXPECT_THAT(one->gone, testing::IsEmpty());
  }

  RedisServer server_;
  std::vector<CanvasId> canvases_;
  std::vector<PeerId> peers_;
  int changes_ = 0;
  RedisBuses buses_{server_.url(), kInstances};
  std::vector<std::unique_ptr<StateRooms>> rooms_;
};

TEST_F(RedisBusFaults, B14B15EverybodySeesEverythingAfterAKillAndARestart) {
  gather({"a", "b"});
  for (int round = 0; round < 2; ++round) {
    server_.kill();
    buses_.run_for(500ms);
    change();
    buses_.run_for(3'500ms);  // longer than silence is borne
    expect_nobody_gone();
    server_.restart();
    wait_until_together();
    change();
    wait_until_together();
    expect_nobody_gone();
  }
}

TEST_F(RedisBusFaults, B14B17NobodyDiesWhileRedisIsDeaf) {
  gather({"a"});
  server_.pause();
  change();
  buses_.run_for(5s);
  server_.resume();
  wait_until_together();
  buses_.run_for(3'500ms);
  change();
  wait_until_together();
  expect_nobody_gone();
}

TEST_F(RedisBusFaults, B14SubscriptionsThatAreCutComeBack) {
  gather({"a", "b"});
  server_.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  change();
  wait_until_together();
  for (const auto& one : rooms_) EXPECT_GT(one->readies["b"], 0);
  buses_.run_for(3'500ms);
  expect_nobody_gone();
}

TEST_F(RedisBusFaults, B15WhatWasPublishedIntoACutLinkIsToldAnew) {
  gather({"a"});
  for (int round = 0; round < 5; ++round) {
    change();
    for (auto& one : rooms_) one->tick();  // under way when the links are cut
    server_.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    wait_until_together();
  }
  expect_nobody_gone();
}

TEST_F(RedisBusFaults, B10B17CrashIsNoticedWithinFiveSeconds) {
  gather({"a", "b"});
  const PeerId dead = buses_.bus(2).self();
  const auto start = std::chrono::steady_clock::now();
  rooms_.pop_back();
  buses_.stop(2);
  wait_until_together();
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took, 4'500ms);
  EXPECT_GT(took, 1'900ms);
  EXPECT_EQ(rooms_[0]->gone, (std::map<PeerId, bus::PeerEnd>{{dead, bus::PeerEnd::dead}}));
}

TEST_F(RedisBusFaults, B19B20WhoLeavesWhileRedisIsAwayIsNoGhost) {
  gather({"a", "b"});
  server_.kill();
  buses_.run_for(200ms);
  for (const CanvasId& canvas : canvases_) rooms_[2]->close(canvas);
  const PeerId left = buses_.bus(2).self();
  rooms_[2]->open("elsewhere", "x");  // so that it goes on beating
  buses_.run_for(200ms);
  server_.restart();
  const auto gone = std::move(rooms_[2]);
  buses_.on_turn = [&] {
    rooms_[0]->tick();
    rooms_[1]->tick();
    gone->tick();
  };
  rooms_.pop_back();
  wait_until_together();
  EXPECT_THAT(rooms_[0]->gone, testing::Contains(testing::Key(left)));
  buses_.on_turn = nullptr;
  gone->close("elsewhere");
}

TEST_F(RedisBusFaults, B21ThousandsOfCanvasesComeBackTogether) {
  std::vector<CanvasId> canvases;
  for (int i = 0; i < 3'000; ++i) canvases.push_back("canvas-" + std::to_string(i));
  gather(std::move(canvases));
  server_.kill();
  change();
  buses_.run_for(200ms);
  server_.restart();
  wait_until_together(60s);
  expect_nobody_gone();
}

}  // namespace
}  // namespace weft::test
