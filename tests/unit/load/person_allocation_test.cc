// SPDX-License-Identifier: Apache-2.0
#include "load/person.h"
#include "protocol/messages.h"
#include "support/count_allocations.h"
#include "websocket/frame_header.h"
#include "websocket/handshake.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weft::load {
namespace {

using namespace std::chrono_literals;

constexpr Instant kOrigin = Instant(1'000s);
constexpr std::uint64_t kActors = 100;

Bytes framed(const Bytes& message) {
  Bytes frame;
  websocket::append_frame_header(frame, websocket::Opcode::binary, message.size());
  return frame + message;
}

TEST(PersonAllocation, ATickWithAMoveAPushAndWhatIsHeardAllocatesNothing) {
  Plan plan;
  plan.targets = {{"127.0.0.1", "8080"}};
  plan.scenario = Scenario::concepts;
  Workspace work(kOrigin, 1);
  work.window = {kOrigin, kOrigin + 10s};
  Bytes out;
  Person person(plan, 0);
  person.begin("127.0.0.1:8080", kOrigin, kOrigin, work, out);
  const std::size_t key = out.find("Key: ") + 5;
  Bytes joining;
  websocket::append_switching_protocols(
      joining, websocket::accept_key(out.substr(key, out.find('\r', key) - key)), "weft.v1");
  Bytes messages;
  protocol::append_welcome(messages, {});
  protocol::append_snapshot(messages, 0, true, 0, {}, 0);
  joining += framed(messages);
  person.take(joining, kOrigin, work, out);
  ASSERT_EQ(person.state(), Person::State::here);

  const auto tick = [&](std::uint64_t number, Bytes& heard) {
    const Instant now = kOrigin + number * 50ms;
    out.clear();
    person.move(now, work, out);
    person.push(now, now, work, out);
    person.take(heard, now, work, out);
  };
  const auto heard_in = [](std::uint64_t number) {
    Bytes message;
    protocol::append_cursors_head(message, 0, kActors);
    for (std::uint64_t i = 1; i <= kActors; ++i) {
      protocol::append_cursor_entry(message, ActorId{i}, to_cursor(number * 50'000));
    }
    protocol::append_ack(message, number, number, protocol::AckOutcome::commit, {}, 0);
    return framed(message);
  };
  Bytes first = heard_in(1);
  Bytes second = heard_in(2);
  tick(1, first);

  const std::size_t before = allocations;
  tick(2, second);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(work.tally.moves_heard, 2 * kActors);
  EXPECT_EQ(work.tally.acks[0], 2U);
}

}  // namespace
}  // namespace weft::load
