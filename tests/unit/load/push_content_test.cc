// SPDX-License-Identifier: Apache-2.0
#include "load/push_content.h"

#include "protocol/messages.h"
#include "protocol/ops.h"

#include <gtest/gtest.h>

namespace weft::load {
namespace {

using namespace protocol;

/// The ops of a push that a server would take.
ByteView ops_of(const Bytes& message, OpList& list, std::uint64_t n) {
  MessageReader reader(message);
  const auto read = reader.next();
  if (!read || !std::holds_alternative<Push>(*read)) {
    ADD_FAILURE() << "not a push";
    return {};
  }
  const auto& push = std::get<Push>(*read);
  EXPECT_EQ(push.n, n);
  EXPECT_TRUE(reader.at_end());
  const auto decoded = decode_ops(push.ops, Limits{}, list);
  if (!decoded) ADD_FAILURE() << decoded.error().message;
  return push.ops;
}

TEST(PushContent, APersonsPushesAreTakenAndTellTheirStamp) {
  for (const bool creates : {true, false}) {
    Bytes message;
    append_person_push(message, "bench-1-7", 70'000, creates, 123'456'789'012);
    OpList list;
    const ByteView ops = ops_of(message, list, 70'000);
    ASSERT_EQ(list.ops.size(), 1U);
    EXPECT_EQ(list.ops[0].kind, creates ? OpKind::create : OpKind::set);
    EXPECT_EQ(list.ops[0].id, "bench-1-7");
    EXPECT_EQ(read_push_stamp(ops), 123'456'789'012U);
  }
}

TEST(PushContent, TheSamePushIsTheSameBytes) {
  Bytes once;
  Bytes again;
  append_person_push(once, "bench-1-7", 5, false, 99);
  append_person_push(again, "bench-1-7", 5, false, 99);
  EXPECT_EQ(once, again);
}

TEST(PushContent, FurnishingCreatesEachEntityOnceAndHasNoStamp) {
  Bytes message;
  append_furnishing(message, 1, 200, 3);
  OpList list;
  const ByteView ops = ops_of(message, list, 1);
  ASSERT_EQ(list.ops.size(), 3U);
  EXPECT_EQ(list.ops[0].id, "entity-200");
  EXPECT_EQ(list.ops[2].id, "entity-202");
  EXPECT_FALSE(read_push_stamp(ops));
}

TEST(PushContent, OpsOfSomebodyElseHaveNoStamp) {
  using namespace std::string_literals;
  for (const Bytes& ops : {""s, "\x90"s, "\x91"s, "\x91\x92\x02\xa1x"s, "\x91\x93\x01\xa1x\x80"s,
                           "\x91\x93\x01\xa1x\x81\xa2"s
                           "at\xa1z"s,
                           "\xc0"s}) {
    EXPECT_FALSE(read_push_stamp(ops));
  }
}

}  // namespace
}  // namespace weft::load
