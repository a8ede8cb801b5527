// SPDX-License-Identifier: Apache-2.0
// Compressed messages, for a connection that has agreed on permessage-deflate.
#include "support/split.h"
#include "unit/websocket/client_frame.h"
#include "unit/websocket/event_script.h"
#include "websocket/deflate.h"
#include "websocket/message_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weft::websocket {
namespace {

using namespace std::string_literals;
using namespace weft::test;

using Lines = std::vector<std::string>;

void expect_events(ByteView input, const Lines& expected, const Limits& limits = {}) {
  Inflate inflate;
  for_each_cut(input, 20260 + input.size(), [&](const std::string& how, const Pieces& pieces) {
    MessageDecoder decoder(limits, Sender::client, &inflate);
    EXPECT_EQ(decode(decoder, pieces), expected) << how;
    if (!decoder.deadline()) {
      EXPECT_EQ(decoder.held_bytes(), 0U) << how;
    }
  });
}

Bytes deflated(ByteView message) {
  Deflate deflate;
  return Bytes(deflate.compress(message).value_or("not smaller"));
}

/// A frame whose payload is said to be compressed.
Bytes compressed_frame(Opcode opcode, Bytes payload, bool is_final = true) {
  return client_frame({.opcode = opcode,
                       .payload = std::move(payload),
                       .is_final = is_final,
                       .reserved_bits = kCompressedBit});
}

const Bytes kHello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;  // RFC 7692 section 7.2.3.1

TEST(CompressedMessage, W37IsReadInOneFrameAndInFragments) {
  expect_events(compressed_frame(Opcode::text, kHello), {"text Hello"});
  expect_events(compressed_frame(Opcode::binary, kHello) + text_frame("plain"),
                {"binary Hello", "text plain"});
  for (std::size_t cut = 0; cut <= kHello.size(); ++cut) {
    expect_events(compressed_frame(Opcode::text, kHello.substr(0, cut), false) + ping_frame("p") +
                      last_fragment(kHello.substr(cut)) + compressed_frame(Opcode::text, kHello) +
                      first_fragment(Opcode::text, "pla") + last_fragment("in"),
                  {"ping p", "text Hello", "text Hello", "text plain"});
  }
}

TEST(CompressedMessage, W37TheBitIsForTheFirstFrameOfAMessageOnly) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
    expect_events(compressed_frame(opcode, ""), {"refused 1002"});
  }
  expect_events(compressed_frame(Opcode::continuation, kHello), {"refused 1002"});
  for (const Bytes& first : {compressed_frame(Opcode::text, kHello.substr(0, 3), false),
                             first_fragment(Opcode::text, "pla")}) {
    expect_events(first + compressed_frame(Opcode::continuation, kHello.substr(3)),
                  {"refused 1002"});
  }
}

TEST(CompressedMessage, W37TheOtherReservedBitsStayReserved) {
  for (const unsigned bits : {0x10U, 0x20U, 0x50U, 0x60U, 0x70U}) {
    expect_events(client_frame({.payload = kHello, .reserved_bits = bits}), {"refused 1002"});
  }
}

TEST(CompressedMessage, W9IsRefusedWhereNothingWasAgreedOn) {
  MessageDecoder decoder;
  EXPECT_EQ(decode(decoder, {compressed_frame(Opcode::text, kHello)}), Lines{"refused 1002"});
}

TEST(CompressedMessage, W39GarbageIsRefused) {
  expect_events(compressed_frame(Opcode::binary, "\xff\xff\xff"), {"refused 1007"});
  expect_events(compressed_frame(Opcode::binary, ""), {"refused 1007"});
  expect_events(compressed_frame(Opcode::text, kHello.substr(0, 4)) + text_frame("never"),
                {"refused 1007"});
}

TEST(CompressedMessage, W38TextIsJudgedAfterInflating) {
  const std::string euros(300, '\xe2');
  EXPECT_FALSE(deflated(euros).empty());
  expect_events(compressed_frame(Opcode::text, deflated(euros)), {"refused 1007"});
  expect_events(compressed_frame(Opcode::binary, deflated(euros)), {"binary " + euros});
  const std::string cut = std::string(300, 'a') + "\xe2\x82";
  expect_events(compressed_frame(Opcode::text, deflated(cut)), {"refused 1007"});
  expect_events(compressed_frame(Opcode::text, deflated(cut + "\xac")) + text_frame("and on"),
                {"text " + cut + "\xac", "text and on"});
}

TEST(CompressedMessage, W38TheLimitCountsInflatedBytes) {
  const Limits limits{.message_bytes_max = 1000};
  const std::string most(1000, 'x');
  expect_events(compressed_frame(Opcode::binary, deflated(most)), {"binary " + most}, limits);
  expect_events(compressed_frame(Opcode::binary, deflated(most + "x")),
                {"refused 1009 claiming 1001"}, limits);
  const Bytes bomb = deflated(std::string(10 << 20, 'x'));
  ASSERT_GT(bomb.size(), 1126U);
  expect_events(compressed_frame(Opcode::text, deflated(std::string(100'000, 'x'))),
                {"refused 1009 claiming 1001"}, limits);
  // A compressed form that no message within the limit has is refused by its header.
  expect_events(client_header({.reserved_bits = kCompressedBit}, bomb.size()),
                {"refused 1009 claiming " + std::to_string(bomb.size())}, limits);
}

TEST(CompressedMessage, W38WhatCannotBeMadeSmallerFitsToo) {
  // A stored block adds five bytes, and the message's end one.
  const std::string message(1000, 'n');
  const Bytes stored = "\x00\xe8\x03\x17\xfc"s + message + "\0"s;
  ASSERT_GT(stored.size(), message.size());
  expect_events(compressed_frame(Opcode::binary, stored), {"binary " + message},
                {.message_bytes_max = 1000});
}

TEST(CompressedMessage, W25TheLimitMayBeRaisedBetweenMessages) {
  Inflate inflate;
  MessageDecoder decoder({.message_bytes_max = 10}, Sender::client, &inflate);
  EXPECT_EQ(decode(decoder, {compressed_frame(Opcode::text, kHello)}), Lines{"text Hello"});
  decoder.set_message_bytes_max(2000);
  const std::string message(1500, 'x');
  EXPECT_EQ(decode(decoder, {compressed_frame(Opcode::text, deflated(message))}),
            Lines{"text " + message});
}

TEST(CompressedMessage, W29NoPayloadStaysInTheDecoder) {
  Inflate inflate;
  MessageDecoder decoder({}, Sender::client, &inflate);
  const std::string message(100'000, 'x');
  const Bytes payload = deflated(message);
  Bytes first = compressed_frame(Opcode::text, payload.substr(0, 50), false);
  Bytes last = last_fragment(payload.substr(50));
  std::span<char> input = first;
  EXPECT_EQ(decoder.next(input, {}).kind, EventKind::need_more);
  EXPECT_GE(decoder.held_bytes(), 50U);
  input = last;
  EXPECT_EQ(decoder.next(input, {}).payload, message);
  EXPECT_EQ(decoder.held_bytes(), 0U) << "the inflated message is in the shard's memory";
}

}  // namespace
}  // namespace weft::websocket
