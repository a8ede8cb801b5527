// SPDX-License-Identifier: Apache-2.0
#include "websocket/frame_header.h"

#include "websocket/close_code.h"
#include "websocket/utf8.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace weft::websocket {
namespace {

using namespace std::string_literals;

Bytes header_of(Opcode opcode, std::uint64_t payload_bytes) {
  char header[kServerHeaderBytesMax];
  return Bytes(header, write_frame_header(header, opcode, payload_bytes));
}

Bytes close_of(std::uint16_t code, ByteView reason) {
  Bytes out;
  append_close_frame(out, code, reason);
  return out;
}

TEST(FrameHeader, W31HasTheShortestLength) {
  EXPECT_EQ(header_of(Opcode::text, 0), "\x81\x00"s);
  EXPECT_EQ(header_of(Opcode::binary, 1), "\x82\x01"s);
  EXPECT_EQ(header_of(Opcode::binary, 125), "\x82\x7d"s);
  EXPECT_EQ(header_of(Opcode::binary, 126), "\x82\x7e\x00\x7e"s);
  EXPECT_EQ(header_of(Opcode::binary, 0xffff), "\x82\x7e\xff\xff"s);
  EXPECT_EQ(header_of(Opcode::binary, 0x10000), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
  EXPECT_EQ(header_of(Opcode::binary, std::numeric_limits<std::int64_t>::max()),
            "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s);
}

TEST(FrameHeader, W31IsAppendedBehindWhatIsThere) {
  Bytes out = "before";
  append_frame_header(out, Opcode::text, 300);
  EXPECT_EQ(out, "before\x81\x7e\x01\x2c"s);
}

TEST(FrameHeader, W32ACloseFrameCarriesCodeAndReason) {
  EXPECT_EQ(close_of(kCloseNormal, ""), "\x88\x02\x03\xe8"s);
  EXPECT_EQ(close_of(4201, "draining"),
            "\x88\x0a\x10\x69"
            "draining"s);
}

TEST(FrameHeader, W32ALongReasonIsCutBetweenTwoCharacters) {
  EXPECT_EQ(close_of(4000, std::string(123, 'x')).substr(4), std::string(123, 'x'));
  EXPECT_EQ(close_of(4000, std::string(124, 'x')).substr(4), std::string(123, 'x'));
  for (const std::string character : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    for (std::size_t lead = 0; lead < 4; ++lead) {
      std::string reason(lead, 'x');
      while (reason.size() < 200) reason += character;
      const Bytes kept = close_of(4000, reason).substr(4);
      EXPECT_TRUE(reason.starts_with(kept));
      EXPECT_TRUE(is_valid_utf8(kept));
      EXPECT_LE(kept.size(), kCloseReasonBytesMax);
      EXPECT_GT(kept.size() + character.size(), kCloseReasonBytesMax);
    }
  }
}

TEST(FrameHeader, W33NoStatusHasNoBody) {
  EXPECT_EQ(close_of(kCloseNoStatus, "dropped"), "\x88\x00"s);
}

TEST(FrameHeader, W34PingAndPongCarryTheirPayload) {
  Bytes out;
  append_ping(out, "");
  append_pong(out, std::string(125, 'p'));
  EXPECT_EQ(out, "\x89\x00\x8a\x7d"s + std::string(125, 'p'));
}

}  // namespace
}  // namespace weft::websocket
