// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/log_room.h"
#include "support/redis_instance.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

using namespace std::chrono_literals;

/// An instance with one room on the canvas "board".
class Site {
 public:
  Site(const std::string& url, log::RedisLogOptions options, store::Store* archive)
      : instance(url, std::move(options), archive) {}

  void open() { instance.log->open("board", room); }
  void close() { instance.log->close("board"); }
  void push(const ClientId& client, std::uint64_t n, const UserId& user = "user",
            std::size_t bytes = 1) {
    std::string ops = "\x91\xda";
    ops += static_cast<char>(bytes >> 8);
    ops += static_cast<char>(bytes & 0xff);
    ops.append(bytes, 'x');
    instance.log->append("board",
                         {.client = client, .n = n, .actor = ActorId{7}, .user = user, .ops = ops});
  }
  void save_snapshot() { instance.log->save_snapshot("board", room.snapshot()); }

  LogRoom room;
  RedisInstance instance;  // ends before the room
};

/// Instances on one Redis, which the tests disturb.
class RedisLogTest : public testing::Test {
 protected:
  log::RedisLogOptions options(const std::string& node) {
    log::RedisLogOptions how;
    how.node = node;
    how.settle = settle;
    how.acks_from_archive = acks_from_archive;
    how.archive_patience = 300ms;
    how.offer_wait = 300ms;
    how.offer_wait_max = 1'000ms;
    return how;
  }
  Site& start(const std::string& node) {
    sites.push_back(std::make_unique<Site>(server.url(), options(node), archive));
    Site& site = *sites.back();
    EXPECT_TRUE(run_until([&] { return site.instance.client->health().empty(); }, "health"));
    return site;
  }
  Site& open(const std::string& node) {
    Site& site = start(node);
    site.open();
    EXPECT_TRUE(run_until([&] { return site.room.is_open; }, node + " open")) << site.room.failure;
    return site;
  }
  void end(Site& site) {
    std::erase_if(sites, [&](const auto& one) { return one.get() == &site; });
  }
  bool run_until(const std::function<bool()>& condition, const std::string& what,
                 std::chrono::milliseconds patience = 15s) {
    std::vector<RedisInstance*> instances;
    for (const auto& site : sites) {
      if (site.get() != frozen) instances.push_back(&site->instance);
    }
    if (test::run_until(instances, condition, patience)) return true;
    std::string state;
    for (const auto& site : sites) {
      state += "\n  room: open " + std::to_string(site->room.is_open) + ", seq " +
               std::to_string(site->room.seq) + ", " + site->room.document +
               ", trouble: " + site->instance.log->trouble() + site->room.failure;
      for (const std::string& notice : site->instance.notices) state += "\n    " + notice;
    }
    ADD_FAILURE() << "waited in vain for: " << what << state;
    return false;
  }
  void run_for(std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    run_until([&] { return std::chrono::steady_clock::now() >= end; }, "time");
  }
  /// Everybody has been told `count` pushes, of one history, and is proven whole.
  void expect_all_have(std::size_t count) {
    run_until(
        [&] {
          return std::ranges::all_of(sites, [&](const auto& site) {
            return !site->room.is_open
                       ? false
                       : site->room.size() == count && site->instance.log->trouble().empty();
          });
        },
        std::to_string(count) + " pushes everywhere");
    for (const auto& site : sites) {
      EXPECT_EQ(site->room.document, sites.front()->room.document);
      EXPECT_EQ(site->room.sum, sites.front()->room.sum);
      EXPECT_EQ(site->room.epoch, sites.front()->room.epoch);
    }
  }

  RedisServer server;
  std::chrono::seconds settle{0};
  bool acks_from_archive = false;
  store::Store* archive = nullptr;
  std::vector<std::unique_ptr<Site>> sites;
  Site* frozen = nullptr;  // is not turned: it hears and does nothing
};

}  // namespace weft::test
