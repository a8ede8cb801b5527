// SPDX-License-Identifier: Apache-2.0
// What the router's tests say and read: ops, pushes, the kinds and outcomes of the wire.
#pragma once

#include "support/router_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

namespace weft::router {

using protocol::CloseCode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RouterHarness;
using Json = RouterHarness::Json;

// Kinds of messages that a session gets.
inline constexpr int kWelcome = 0, kCursors = 1, kPresence = 2, kOps = 3, kEvent = 4, kSnapshot = 5,
                     kAck = 6, kPong = 7, kGoodbye = 8, kError = 9;
// Outcomes of a push.
inline constexpr int kCommit = 0, kNoEffect = 1, kRebased = 2, kRejected = 3, kDuplicate = 4;

inline Json create(const std::string& id, Json properties = Json::object()) {
  return Json::array({0, id, "concept", std::move(properties)});
}
inline Json set(const std::string& id, Json properties) {
  return Json::array({1, id, std::move(properties)});
}
inline Json erase(const std::string& id) {
  return Json::array({2, id});
}
inline Json push(std::uint64_t n, Json ops) {
  return Json::array({3, n, std::move(ops)});
}

class RoomTest : public ::testing::Test {
 protected:
  RouterHarness weft_;
};

}  // namespace weft::router
