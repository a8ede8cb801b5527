// SPDX-License-Identifier: Apache-2.0
// What the wires send and what they count. That real servers take it and answer so is for
// bench/peers/smoke.test.mjs.
#include "wire.h"

#include "client_frames.h"
#include "protocol/msgpack.h"
#include "websocket/masking.h"
#include "websocket/message_decoder.h"
#include "yjs_update.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace weft::peers {
namespace {

/// What a client's frames carry.
std::vector<Bytes> payloads(Bytes frames) {
  websocket::MessageDecoder decoder;
  std::span<char> input(frames);
  std::vector<Bytes> found;
  for (;;) {
    const websocket::Event event = decoder.next(input, Instant{});
    if (event.kind != websocket::EventKind::message) return found;
    found.emplace_back(event.payload);
  }
}

Person person_at(std::uint32_t place) {
  Person person;
  person.index = place;
  person.place = place;
  return person;
}

class Counting : public ::testing::Test {
 protected:
  Counting() { deliveries_.set_counting(true); }

  std::uint64_t count(Wire& wire, Person& receiver, ByteView payload) {
    const std::uint64_t before = deliveries_.count();
    Bytes out;
    wire.receive(receiver, websocket::Opcode::binary, payload, out, deliveries_);
    return deliveries_.count() - before;
  }

  Deliveries deliveries_;
  Person other_ = person_at(1);
};

struct Case {
  const char* wire;
  Deed deed;
};

/// For servers that pass on what they get: what one sends is found by another, and not by oneself.
class Relayed : public Counting, public ::testing::WithParamInterface<Case> {};

TEST_P(Relayed, WhatOneSendsAnotherCounts) {
  const auto wire = make_wire(GetParam().wire, GetParam().deed, "{}");
  Person sender = person_at(3000);
  for (const std::uint32_t stamp : {0U, 1U, 127U, 128U, 65'535U, 65'536U, kStampModulus - 1}) {
    sender.is_odd = !sender.is_odd;
    deliveries_.set_now((stamp + 500) & (kStampModulus - 1));
    Bytes out;
    wire->act(sender, stamp, out);
    const auto sent = payloads(out);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(count(*wire, other_, sent[0]), 1U) << stamp;
    EXPECT_EQ(count(*wire, sender, sent[0]), 0U) << stamp;
  }
  EXPECT_NEAR(deliveries_.latency().quantile(0.01), 500, 10);
  EXPECT_NEAR(deliveries_.latency().quantile(1), 500, 10);
}

INSTANTIATE_TEST_SUITE_P(
    AllWires, Relayed,
    ::testing::Values(Case{"limit", Deed::cursors}, Case{"bun", Deed::cursors},
                      Case{"nchan", Deed::cursors}, Case{"socketio", Deed::cursors},
                      Case{"y-websocket", Deed::cursors}, Case{"y-websocket", Deed::edits},
                      Case{"hocuspocus", Deed::cursors}, Case{"hocuspocus", Deed::edits},
                      Case{"tldraw", Deed::edits}),
    [](const auto& test) {
      std::string name = test.param.wire;
      std::erase(name, '-');
      return name + (test.param.deed == Deed::edits ? "Edits" : "Cursors");
    });

TEST_F(Counting, NothingCountsBeforeTheWindow) {
  const auto wire = make_wire("nchan", Deed::cursors, "");
  deliveries_.set_counting(false);
  EXPECT_EQ(count(*wire, other_, R"({"id":"2","x":5,"y":2})"), 0U);
}

TEST_F(Counting, WeftCursorsOfOthersInOneFrameWithOtherMessages) {
  Bytes frame;
  protocol::append_array(frame, 2);  // [11, nil]: a kind that is not known
  protocol::append_uint(frame, 11);
  protocol::append_nil(frame);
  protocol::append_array(frame, 3);
  protocol::append_uint(frame, 1);
  protocol::append_uint(frame, 123'456);
  protocol::append_array(frame, 4);
  for (const std::uint32_t place : {0U, 1U, 300U}) {
    protocol::append_array(frame, 3);
    protocol::append_uint(frame, place + 1);
    protocol::append_uint(frame, 70'000);
    protocol::append_uint(frame, place);
  }
  protocol::append_array(frame, 1);  // a hidden one
  protocol::append_uint(frame, 9);
  const auto wire = make_wire("weft", Deed::cursors, "");
  EXPECT_EQ(count(*wire, other_, frame), 2U);
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    EXPECT_LE(count(*wire, other_, ByteView(frame).substr(0, cut)), 2U);
  }
}

TEST_F(Counting, WeftEditsOfOthers) {
  Bytes frame;
  protocol::append_array(frame, 6);  // [3, seq, actor, user, [[1, id, {x, y}]], sum]
  protocol::append_uint(frame, 3);
  protocol::append_uint(frame, 9);
  protocol::append_uint(frame, 2);
  protocol::append_string(frame, "ada");
  protocol::append_array(frame, 1);
  protocol::append_array(frame, 3);
  protocol::append_uint(frame, 1);
  protocol::append_string(frame, "p2");
  protocol::append_map(frame, 2);
  protocol::append_string(frame, "x");
  protocol::append_uint(frame, 1'000);
  protocol::append_string(frame, "y");
  protocol::append_uint(frame, 2 + kPlacesMax);
  protocol::append_binary(frame, "12345678");
  const auto wire = make_wire("weft", Deed::edits, "");
  EXPECT_EQ(count(*wire, other_, frame + frame), 2U);
  Person sender = person_at(2);
  EXPECT_EQ(count(*wire, sender, frame), 0U);
}

TEST_F(Counting, YjsSetsThatWereMerged) {
  Bytes update;
  append_map_set(update, 7, 0, "concepts", "p2", 99, 2);
  append_map_set(update, 7, 1, "concepts", "p2", 1U << 20, 2);
  count_map_sets(update, other_, deliveries_);
  EXPECT_EQ(deliveries_.count(), 2U);
}

TEST(Wire, WeftNumbersItsPushesFromOne) {
  const auto wire = make_wire("weft", Deed::edits, "");
  Person person = person_at(0);
  Bytes welcome;
  protocol::append_array(welcome, 2);
  protocol::append_uint(welcome, 0);
  protocol::append_map(welcome, 0);
  Deliveries deliveries;
  Bytes out;
  wire->receive(person, websocket::Opcode::binary, welcome, out, deliveries);
  EXPECT_TRUE(person.has_joined);
  wire->act(person, 5, out);
  const auto sent = payloads(out);
  ASSERT_EQ(sent.size(), 2U);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    protocol::MsgpackReader reader(sent[i]);
    ASSERT_TRUE(reader.read_array() && reader.read_uint());
    EXPECT_EQ(reader.read_uint().value_or(0), i + 1);
  }
}

TEST(Wire, SocketioConnectsAndAnswersPings) {
  const auto wire = make_wire("socketio", Deed::cursors, "");
  Person person = person_at(0);
  Deliveries deliveries;
  Bytes out;
  for (const char* packet : {R"(0{"sid":"a"})", R"(40{"sid":"b"})", "2", R"(42["joined"])"}) {
    wire->receive(person, websocket::Opcode::text, packet, out, deliveries);
  }
  EXPECT_EQ(payloads(out), (std::vector<Bytes>{"40", "3"}));
  EXPECT_TRUE(person.has_joined);
}

TEST(Wire, UnknownNamesHaveNone) {
  EXPECT_EQ(make_wire("carrier pigeon", Deed::cursors, ""), nullptr);
}

}  // namespace
}  // namespace weft::peers
