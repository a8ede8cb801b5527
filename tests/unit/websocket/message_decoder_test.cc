// SPDX-License-Identifier: Apache-2.0
#include "websocket/message_decoder.h"

#include "support/split.h"
#include "unit/websocket/client_frame.h"
#include "unit/websocket/event_script.h"
#include "websocket/close_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace weft::websocket {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace weft::test;
using testing::ElementsAre;
using testing::IsEmpty;

using Lines = std::vector<std::string>;

constexpr Instant kStart{};

/// The rule that every case here is held to: however the input is cut, these are the events (W7).
void expect_events(ByteView input, const Lines& expected, const Limits& limits = {}) {
  for_each_cut(input, 20260 + input.size(), [&](const std::string& how, const Pieces& pieces) {
    MessageDecoder decoder(limits);
    EXPECT_EQ(decode(decoder, pieces, kStart), expected) << how;
  });
}

/// Feeds one input and gives its first event.
Event next_of(MessageDecoder& decoder, Bytes& bytes, Instant now = kStart) {
  std::span<char> input = bytes;
  return decoder.next(input, now);
}

TEST(MessageDecoder, W7TakesTheExamplesOfTheRfc) {
  // RFC 6455 section 5.7, those that a client sends.
  expect_events("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", {"text Hello"});
  expect_events("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", {"pong Hello"});
}

TEST(MessageDecoder, W7TakesEveryFormOfLength) {
  for (const std::size_t bytes :
       {0U, 1U, 7U, 8U, 9U, 125U, 126U, 127U, 300U, 65535U, 65536U, 70001U}) {
    const std::string payload(bytes, 'x');
    expect_events(binary_frame(payload), {"binary " + payload});
  }
}

TEST(MessageDecoder, W7TakesManyFramesFromOneInput) {
  expect_events(text_frame("one") + binary_frame("two") + ping_frame("") + text_frame("") +
                    pong_frame("late") + close_frame(1000, "bye"),
                {"text one", "binary two", "ping ", "text ", "pong late", "close 1000 bye"});
}

TEST(MessageDecoder, W7PutsFragmentsTogether) {
  expect_events(
      first_fragment(Opcode::text, "one ") + next_fragment("two ") + last_fragment("three"),
      {"text one two three"});
  expect_events(first_fragment(Opcode::binary, "") + next_fragment("") + last_fragment(""),
                {"binary "});
  expect_events(first_fragment(Opcode::binary, "") + last_fragment("all in the last"),
                {"binary all in the last"});
  expect_events(
      first_fragment(Opcode::text, "all in the first") + last_fragment("") + text_frame("and on"),
      {"text all in the first", "text and on"});
}

TEST(MessageDecoder, W7SurvivesARandomConversation) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    const auto random_payload = [&](std::size_t bytes_max) {
      Bytes payload(random() % (bytes_max + 1), '\0');
      for (char& byte : payload) byte = static_cast<char>(random());
      return payload;
    };
    Bytes input;
    Lines expected;
    for (int i = 0; i < 8; ++i) {
      Bytes message;
      const auto fragments = 1 + random() % 4;
      for (std::uint64_t at = 0; at < fragments; ++at) {
        const Bytes payload = random_payload(400);
        message += payload;
        input +=
            client_frame({.opcode = at == 0 ? Opcode::binary : Opcode::continuation,
                          .payload = payload,
                          .is_final = at + 1 == fragments,
                          .mask_key = {static_cast<char>(random()), static_cast<char>(random()),
                                       static_cast<char>(random()), '\0'}});
        if (at + 1 < fragments && random() % 2 == 0) {
          const Bytes ping = random_payload(125);
          input += ping_frame(ping);
          expected.push_back("ping " + ping);
        }
      }
      expected.push_back("binary " + message);
    }
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_events(input, expected);
  }
}

TEST(MessageDecoder, W7AnInputThatEndsEarlyGivesWhatIsWhole) {
  const Bytes input = first_fragment(Opcode::text, "h\xc3") + ping_frame("p") +
                      last_fragment("\xa4") + close_frame(4000, "done");
  const Lines all = {"ping p", "text h\xc3\xa4", "close 4000 done"};
  for (std::size_t length = 0; length <= input.size(); ++length) {
    MessageDecoder decoder;
    const Lines whole = decode(decoder, {input.substr(0, length)});
    ASSERT_LE(whole.size(), all.size());
    EXPECT_TRUE(std::equal(whole.begin(), whole.end(), all.begin())) << length;
    expect_events(ByteView(input).substr(0, length), whole);
  }
}

TEST(MessageDecoder, W8RefusesAFrameWithoutMask) {
  expect_events(client_frame({.payload = "naked", .is_masked = false}), {"refused 1002"});
  expect_events(client_frame({.opcode = Opcode::ping, .is_masked = false}), {"refused 1002"});
  expect_events(text_frame("fine") + client_frame({.is_masked = false}),
                {"text fine", "refused 1002"});
}

TEST(MessageDecoder, W9RefusesReservedBits) {
  for (const unsigned bits : {0x10U, 0x20U, 0x40U, 0x70U}) {
    for (const Opcode opcode : {Opcode::text, Opcode::binary, Opcode::ping, Opcode::close}) {
      expect_events(client_frame({.opcode = opcode, .reserved_bits = bits}), {"refused 1002"});
    }
  }
}

TEST(MessageDecoder, W10RefusesReservedOpcodes) {
  for (const unsigned opcode : {0x3U, 0x4U, 0x5U, 0x6U, 0x7U, 0xbU, 0xcU, 0xdU, 0xeU, 0xfU}) {
    expect_events(client_frame({.opcode = static_cast<Opcode>(opcode)}), {"refused 1002"});
  }
}

TEST(MessageDecoder, W11RefusesLongWindedLengths) {
  for (const std::size_t bytes : {0U, 1U, 125U}) {
    const std::string payload(bytes, 'x');
    expect_events(client_frame({.payload = payload, .length_form = LengthForm::in_2_bytes}),
                  {"refused 1002"});
    expect_events(client_frame({.payload = payload, .length_form = LengthForm::in_8_bytes}),
                  {"refused 1002"});
  }
  for (const std::size_t bytes : {126U, 65535U}) {
    expect_events(client_header({.length_form = LengthForm::in_8_bytes}, bytes), {"refused 1002"});
  }
}

TEST(MessageDecoder, W11RefusesALengthWithItsTopBitSet) {
  expect_events(client_header({}, std::uint64_t{1} << 63), {"refused 1002"});
  expect_events(client_header({}, ~std::uint64_t{0}), {"refused 1002"});
}

TEST(MessageDecoder, W12RefusesAContinuationOfNothing) {
  expect_events(last_fragment("x"), {"refused 1002"});
  expect_events(next_fragment(""), {"refused 1002"});
  expect_events(text_frame("whole") + last_fragment("x"), {"text whole", "refused 1002"});
  expect_events(first_fragment(Opcode::text, "a") + last_fragment("b") + last_fragment("c"),
                {"text ab", "refused 1002"});
}

TEST(MessageDecoder, W13RefusesAMessageInsideAMessage) {
  expect_events(first_fragment(Opcode::text, "a") + text_frame("b"), {"refused 1002"});
  expect_events(first_fragment(Opcode::text, "a") + first_fragment(Opcode::binary, ""),
                {"refused 1002"});
  expect_events(first_fragment(Opcode::binary, "") + binary_frame(""), {"refused 1002"});
}

TEST(MessageDecoder, W14ReportsControlFramesBetweenFragmentsAtOnce) {
  expect_events(
      first_fragment(Opcode::text, "one ") + ping_frame("p1") + pong_frame("") +
          next_fragment("two ") + ping_frame(std::string(125, 'p')) + last_fragment("three") +
          ping_frame("p3"),
      {"ping p1", "pong ", "ping " + std::string(125, 'p'), "text one two three", "ping p3"});
}

TEST(MessageDecoder, W14ACloseMayComeBetweenFragments) {
  expect_events(
      first_fragment(Opcode::text, "never ") + close_frame(1001, "") + last_fragment("ended"),
      {"close 1001 "});
}

TEST(MessageDecoder, W15RefusesLongAndFragmentedControlFrames) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
    expect_events(client_frame({.opcode = opcode, .payload = std::string(126, 'x')}),
                  {"refused 1002"});
    expect_events(client_header({.opcode = opcode}, 100000), {"refused 1002"});
    expect_events(client_frame({.opcode = opcode, .payload = "x", .is_final = false}),
                  {"refused 1002"});
    expect_events(client_frame({.opcode = opcode, .length_form = LengthForm::in_2_bytes}),
                  {"refused 1002"});
  }
}

TEST(MessageDecoder, W16RefusesTextThatIsNotUtf8) {
  expect_events(text_frame("good \xe2\x82\xac"), {"text good \xe2\x82\xac"});
  expect_events(text_frame("bad \xff"), {"refused 1007"});
  expect_events(text_frame("surrogate \xed\xa0\x80"), {"refused 1007"});
  expect_events(first_fragment(Opcode::text, "ok ") + last_fragment("\xc0\x80"), {"refused 1007"});
}

TEST(MessageDecoder, W16RefusesAtTheFirstWrongByte) {
  // The ping behind the bad fragment is never reported, and the frame need not be complete.
  expect_events(first_fragment(Opcode::text, "\xff") + ping_frame("") + last_fragment(""),
                {"refused 1007"});
  expect_events(text_frame("bad \xff, and a long end").substr(0, 12), {"refused 1007"});
}

TEST(MessageDecoder, W17ACharacterMayBeCutByAFragmentOnly) {
  expect_events(
      first_fragment(Opcode::text, "\xf0\x9f") + ping_frame("\x98") + last_fragment("\x98\x80"),
      {"ping \x98", "text \xf0\x9f\x98\x80"});
  expect_events(text_frame("\xf0\x9f\x98"), {"refused 1007"});
  expect_events(first_fragment(Opcode::text, "\xf0\x9f") + last_fragment("\x98"), {"refused 1007"});
  expect_events(first_fragment(Opcode::text, "\xf0\x9f") + last_fragment(""), {"refused 1007"});
}

TEST(MessageDecoder, W18BinaryMayHoldAnything) {
  expect_events(binary_frame("\xff\xc0\x80"), {"binary \xff\xc0\x80"});
  expect_events(first_fragment(Opcode::binary, "\xf0") + last_fragment("\xf0"),
                {"binary \xf0\xf0"});
}

TEST(MessageDecoder, W19ReadsCloseFrames) {
  expect_events(close_frame(""), {"close 1005 "});
  expect_events(close_frame(1000, ""), {"close 1000 "});
  expect_events(close_frame(4100, "token \xe2\x82\xac"), {"close 4100 token \xe2\x82\xac"});
  expect_events(close_frame(3000, std::string(123, 'r')), {"close 3000 " + std::string(123, 'r')});
}

TEST(MessageDecoder, W20RefusesHalfACloseCode) {
  expect_events(close_frame("\x03"), {"refused 1002"});
}

TEST(MessageDecoder, W21RefusesCloseCodesThatMustNotBeSent) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    expect_events(close_frame(static_cast<std::uint16_t>(code), "why"), {"refused 1002"});
  }
  for (const int code : {1000, 1003, 1007, 1014, 3000, 4999}) {
    expect_events(close_frame(static_cast<std::uint16_t>(code), ""),
                  {"close " + std::to_string(code) + " "});
  }
}

TEST(MessageDecoder, W22RefusesACloseReasonThatIsNotUtf8) {
  expect_events(close_frame(1000, "\xff"), {"refused 1007"});
  expect_events(close_frame(1000, "cut \xe2\x82"), {"refused 1007"});
}

TEST(MessageDecoder, W23ReadsNothingAfterAClose) {
  expect_events(close_frame(1000, "") + text_frame("more") + "nonsense", {"close 1000 "});
  expect_events(close_frame("") + close_frame(""), {"close 1005 "});
}

TEST(MessageDecoder, W23ReadsNothingAfterARefusal) {
  MessageDecoder decoder;
  EXPECT_FALSE(decoder.is_finished());
  EXPECT_THAT(decode(decoder, {"\xff\xff" + text_frame("more")}), ElementsAre("refused 1002"));
  EXPECT_TRUE(decoder.is_finished());
  EXPECT_EQ(decoder.deadline(), std::nullopt);

  Bytes later = text_frame("later");
  std::span<char> input = later;
  EXPECT_EQ(decoder.next(input, kStart + 1h).kind, EventKind::need_more);
  EXPECT_TRUE(input.empty());
}

TEST(MessageDecoder, W23ARefusalCarriesASentence) {
  for (const Bytes& bytes : {client_frame({.is_masked = false}), text_frame("\xff"),
                             close_frame("\x03"), client_header({}, 2 << 20)}) {
    MessageDecoder decoder;
    Bytes input = bytes;
    const Event event = next_of(decoder, input);
    EXPECT_EQ(event.kind, EventKind::failure);
    EXPECT_NE(event.fault, Fault::none);
    EXPECT_FALSE(event.sentence.empty());
    EXPECT_LE(event.sentence.size(), kCloseReasonBytesMax);
  }
}

TEST(MessageDecoder, W24RefusesAMessageOverTheLimitByItsHeaderAlone) {
  const Limits limits{.message_bytes_max = 300};
  expect_events(binary_frame(std::string(300, 'x')), {"binary " + std::string(300, 'x')}, limits);
  expect_events(client_header({}, 301), {"refused 1009 claiming 301"}, limits);
  expect_events(client_header({}, 70000), {"refused 1009 claiming 70000"}, limits);
  expect_events(client_header({}, ~std::uint64_t{0} >> 1),
                {"refused 1009 claiming 9223372036854775807"}, limits);
  // Not even the mask key is waited for.
  expect_events(client_header({}, 301).substr(0, 4), {"refused 1009 claiming 301"}, limits);
}

TEST(MessageDecoder, W24SumsOverFragments) {
  const Limits limits{.message_bytes_max = 10};
  expect_events(first_fragment(Opcode::binary, "12345") + last_fragment("67890"),
                {"binary 1234567890"}, limits);
  expect_events(first_fragment(Opcode::binary, "12345") + next_fragment("67890") +
                    ping_frame("no part of the message") + last_fragment("!"),
                {"ping no part of the message", "refused 1009 claiming 11"}, limits);
  // The next message begins at nothing again.
  expect_events(binary_frame("1234567890") + binary_frame("1234567890"),
                {"binary 1234567890", "binary 1234567890"}, limits);
}

TEST(MessageDecoder, W25TheLimitCanBeRaisedInTheMiddle) {
  MessageDecoder decoder(Limits{.message_bytes_max = 4});
  EXPECT_THAT(decode(decoder, {first_fragment(Opcode::binary, "1234")}), IsEmpty());
  decoder.set_message_bytes_max(8);
  EXPECT_THAT(decode(decoder, {last_fragment("5678")}), ElementsAre("binary 12345678"));
  decoder.set_message_bytes_max(2);
  EXPECT_THAT(decode(decoder, {binary_frame("123")}), ElementsAre("refused 1009 claiming 3"));
}

TEST(MessageDecoder, W26RefusesTooManyEmptyFragments) {
  Bytes hundred = first_fragment(Opcode::binary, "");
  for (int i = 1; i < 100; ++i) hundred += next_fragment("");
  expect_events(hundred + next_fragment("x") + last_fragment(""), {"binary x"});
  expect_events(hundred + next_fragment(""), {"refused 1008"});
  // The count is the message's own.
  expect_events(hundred + last_fragment("") + hundred + last_fragment(""), {"binary ", "binary "});
}

TEST(MessageDecoder, W27RefusesAMessageThatTakesTooLong) {
  const Bytes frame = binary_frame("slow");
  MessageDecoder decoder;
  EXPECT_EQ(decoder.deadline(), std::nullopt);
  EXPECT_THAT(decode(decoder, {frame.substr(0, 1)}, kStart), IsEmpty());
  EXPECT_EQ(decoder.deadline(), kStart + 30s);
  EXPECT_THAT(decode(decoder, {frame.substr(1, 7)}, kStart + 29s), IsEmpty());
  EXPECT_EQ(decoder.deadline(), kStart + 30s);

  Bytes rest = frame.substr(8);
  const Event event = next_of(decoder, rest, kStart + 30s);
  EXPECT_EQ(event.fault, Fault::too_slow);
  EXPECT_EQ(event.close_code, kClosePolicyViolation);
  EXPECT_TRUE(decoder.is_finished());
}

TEST(MessageDecoder, W27FindsASilentClientWithoutInput) {
  MessageDecoder decoder;
  EXPECT_THAT(decode(decoder, {first_fragment(Opcode::text, "and then nothing")}), IsEmpty());
  Bytes nothing;
  EXPECT_EQ(next_of(decoder, nothing, kStart + 30s - 1ns).kind, EventKind::need_more);
  EXPECT_EQ(next_of(decoder, nothing, kStart + 30s).fault, Fault::too_slow);
}

TEST(MessageDecoder, W27PingsDoNotMoveTheDeadline) {
  MessageDecoder decoder;
  EXPECT_THAT(decode(decoder, {first_fragment(Opcode::text, "a")}), IsEmpty());
  EXPECT_THAT(decode(decoder, {ping_frame("still here")}, kStart + 20s),
              ElementsAre("ping still here"));
  EXPECT_EQ(decoder.deadline(), kStart + 30s);
}

TEST(MessageDecoder, W27EachMessageHasItsOwnTime) {
  MessageDecoder decoder;
  EXPECT_THAT(decode(decoder, {binary_frame("one") + binary_frame("two").substr(0, 3)}, kStart),
              ElementsAre("binary one"));
  EXPECT_THAT(decode(decoder, {binary_frame("two").substr(3)}, kStart + 29s),
              ElementsAre("binary two"));
  EXPECT_EQ(decoder.deadline(), std::nullopt);
  EXPECT_THAT(decode(decoder, {binary_frame("three")}, kStart + 10h), ElementsAre("binary three"));
  EXPECT_THAT(decode(decoder, {ping_frame("alone")}, kStart + 20h), ElementsAre("ping alone"));
  EXPECT_EQ(decoder.deadline(), std::nullopt);
}

TEST(MessageDecoder, W28MemoryGrowsWithWhatArrives) {
  MessageDecoder decoder;
  const Bytes header = client_header({}, 1 << 20);
  EXPECT_THAT(decode(decoder, {header}), IsEmpty());
  EXPECT_EQ(decoder.held_bytes(), 0U);
  std::size_t arrived_bytes = 0;
  while (arrived_bytes < (1 << 19)) {
    EXPECT_THAT(decode(decoder, {Bytes(1000, 'x')}), IsEmpty());
    arrived_bytes += 1000;
    ASSERT_LE(decoder.held_bytes(), 2 * arrived_bytes);
  }
}

TEST(MessageDecoder, W29GivesMemoryBackAfterTheMessage) {
  MessageDecoder decoder;
  Bytes first = first_fragment(Opcode::binary, std::string(5000, 'a'));
  Bytes last = last_fragment(std::string(5000, 'b'));
  EXPECT_EQ(next_of(decoder, first).kind, EventKind::need_more);
  EXPECT_GE(decoder.held_bytes(), 5000U);

  std::span<char> input = last;
  const Event event = decoder.next(input, kStart);
  EXPECT_EQ(event.payload, std::string(5000, 'a') + std::string(5000, 'b'));
  EXPECT_GE(decoder.held_bytes(), 10000U);
  EXPECT_EQ(decoder.next(input, kStart).kind, EventKind::need_more);
  EXPECT_EQ(decoder.held_bytes(), 0U);
}

TEST(MessageDecoder, W29GivesMemoryBackAfterAControlFrameInPieces) {
  MessageDecoder decoder;
  const Bytes ping = ping_frame(std::string(100, 'p'));
  EXPECT_THAT(decode(decoder, {ping.substr(0, 50), ping.substr(50)}),
              ElementsAre("ping " + std::string(100, 'p')));
  EXPECT_EQ(decoder.held_bytes(), 0U);
}

TEST(MessageDecoder, W29GivesMemoryBackAtOnceAfterARefusal) {
  MessageDecoder decoder;
  Bytes input = first_fragment(Opcode::text, std::string(5000, 'a')) + last_fragment("\xff");
  EXPECT_EQ(next_of(decoder, input).kind, EventKind::failure);
  EXPECT_EQ(decoder.held_bytes(), 0U);
}

TEST(MessageDecoder, W30HandsOutAWholeFrameInPlace) {
  for (const Bytes& frame : {binary_frame(std::string(3000, 'x')), ping_frame("in place"),
                             close_frame(1000, "in place")}) {
    MessageDecoder decoder;
    Bytes bytes = frame;
    const Event event = next_of(decoder, bytes);
    EXPECT_EQ(event.payload.data() + event.payload.size(), bytes.data() + bytes.size());
    EXPECT_EQ(decoder.held_bytes(), 0U);
  }
}

TEST(MessageDecoder, W30AFragmentedMessageIsOneContiguousView) {
  MessageDecoder decoder;
  Bytes bytes = first_fragment(Opcode::text, "one ") + ping_frame("p") + last_fragment("two");
  std::span<char> input = bytes;
  EXPECT_EQ(decoder.next(input, kStart).payload, "p");
  EXPECT_EQ(decoder.next(input, kStart).payload, "one two");
}

}  // namespace
}  // namespace weft::websocket
