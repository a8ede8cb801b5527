// SPDX-License-Identifier: Apache-2.0
#include "redis/slot_map.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::redis {
namespace {

const Endpoint kAsked{.host = "asked", .port = 1};

Reply number(std::int64_t value) {
  return {.kind = Reply::Kind::integer, .integer = value};
}
Reply text(std::string words) {
  return {.kind = Reply::Kind::text, .text = std::move(words)};
}
Reply list(std::vector<Reply> items) {
  return {.kind = Reply::Kind::array, .items = std::move(items)};
}
Reply row(std::int64_t first, std::int64_t last, const std::string& host, std::int64_t port) {
  return list({number(first), number(last), list({text(host), number(port), text("id"), list({})}),
               list({text("replica"), number(9), text("id")})});
}

std::string show(const Reply& reply) {
  const auto ranges = parse_cluster_slots(reply, kAsked);
  if (!ranges) return ranges.error();
  std::string shown;
  for (const SlotRange& range : *ranges) {
    shown += std::to_string(range.first) + "-" + std::to_string(range.last) + " " +
             to_string(range.owner) + "\n";
  }
  return shown;
}

std::string show_redirection(ByteView error) {
  const auto redirection = parse_redirection(error, kAsked);
  if (!redirection) return "none";
  return (redirection->is_ask ? "ask " : "moved ") + std::to_string(redirection->slot) + " " +
         to_string(redirection->to);
}

}  // namespace

TEST(SlotMap, TakesTheMasters) {
  EXPECT_EQ(show(list({row(0, 5460, "10.0.0.1", 7000), row(5461, 16383, "10.0.0.2", 7001)})),
            "0-5460 10.0.0.1:7000\n5461-16383 10.0.0.2:7001\n");
}

TEST(SlotMap, ANodeWithoutAHostIsTheOneThatWasAsked) {
  EXPECT_EQ(show(list({row(0, 1, "", 7000)})), "0-1 asked:7000\n");
  Reply with_nil = row(0, 1, "", 7000);
  with_nil.items[2].items[0] = Reply{};
  EXPECT_EQ(show(list({with_nil})), "0-1 asked:7000\n");
}

TEST(SlotMap, ANodeWhosePlaceNobodyKnowsIsLeftOut) {
  EXPECT_EQ(show(list({row(0, 1, "?", 7000), row(2, 3, "h", 7000)})), "2-3 h:7000\n");
}

TEST(SlotMap, RefusesWhatMakesNoSense) {
  for (const Reply& bad : {row(-1, 1, "h", 1), row(0, 16384, "h", 1), row(2, 1, "h", 1),
                           row(0, 1, "h", 0), row(0, 1, "h", 65536), list({number(1)}), Reply{}}) {
    EXPECT_EQ(show(list({bad})), "its answer to CLUSTER SLOTS is not understood");
  }
  EXPECT_EQ(show(list({})), "it knows of no slots");
}

TEST(SentinelMaster, IsFoundAmongTheOtherNames) {
  const auto master = parse_sentinel_master(
      list({text("name"), text("main"), text("ip"), text("10.0.0.1"), text("port"), text("7000"),
            text("config-epoch"), text("12"), text("odd")}));
  ASSERT_TRUE(master.has_value());
  EXPECT_EQ(to_string(master->where), "10.0.0.1:7000");
  EXPECT_EQ(master->epoch, 12u);
}

TEST(SentinelMaster, WithoutAPlaceIsNone) {
  for (const Reply& bad : {Reply{}, list({text("ip"), text("h")}), list({text("port"), text("1")}),
                           list({text("ip"), text("h"), text("port"), text("65536")})}) {
    EXPECT_FALSE(parse_sentinel_master(bad).has_value());
  }
}

TEST(Redirection, SaysWhereTo) {
  EXPECT_EQ(show_redirection("MOVED 3999 127.0.0.1:6381"), "moved 3999 127.0.0.1:6381");
  EXPECT_EQ(show_redirection("ASK 0 ::1:6381"), "ask 0 [::1]:6381");
  EXPECT_EQ(show_redirection("MOVED 3999 :6381"), "moved 3999 asked:6381");
}

TEST(Redirection, OtherErrorsAreNone) {
  for (const ByteView error : {"", "ERR no", "MOVED", "MOVED ", "MOVED 1", "MOVED x h:1",
                               "MOVED 16384 h:1", "MOVED 1 h:0", "MOVED 1 h:x", "MOVED 1 ?:1"}) {
    EXPECT_EQ(show_redirection(error), "none") << error;
  }
}

}  // namespace weft::redis
