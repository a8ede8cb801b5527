// SPDX-License-Identifier: Apache-2.0
#include "protocol/frame.h"

#include "protocol/messages.h"
#include "websocket/deflate.h"
#include "websocket/frame_header.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::protocol {
namespace {

using namespace std::string_literals;

TEST(Frame, P3BinaryFormIsHeaderAndMessages) {
  const FrameRef frame = make_frame("\x92\x07\x01"s);
  EXPECT_EQ(frame->wire(Encoding::msgpack), "\x82\x03\x92\x07\x01"s);
  EXPECT_EQ(frame->messages(), "\x92\x07\x01"s);
}

TEST(Frame, P3TextFormIsMadeOnce) {
  const FrameRef frame = make_frame("\x92\x07\x01\x92\x0a\x21"s);
  EXPECT_EQ(frame->wire(Encoding::json), "\x81\x0f[[7,1],[10,33]]"s);
  EXPECT_EQ(frame->wire(Encoding::json).data(), frame->wire(Encoding::json).data());
}

TEST(Frame, HeadersGrowWithTheMessages) {
  for (const std::size_t size : {125UL, 126UL, 65'535UL, 65'536UL}) {
    const Bytes messages(size, '\x01');
    const FrameRef frame = make_frame(messages);
    const std::size_t header = size < 126 ? 2 : size < 65'536 ? 4 : 10;
    EXPECT_EQ(frame->wire(Encoding::msgpack).size(), header + size);
    EXPECT_EQ(frame->messages(), messages);
  }
}

TEST(Frame, W37TheCompressedFormIsAFrameWithItsBit) {
  websocket::Deflate deflate;
  const FrameRef frame = make_frame("\xc5\x01\x2c"s + std::string(300, 'x'));
  EXPECT_FALSE(frame->is_settled(Encoding::msgpack));
  frame->settle_compressed(Encoding::msgpack, deflate);
  EXPECT_TRUE(frame->is_settled(Encoding::msgpack));
  const ByteView wire = frame->settled_wire(Encoding::msgpack);
  EXPECT_EQ(wire[0], '\xc2');
  EXPECT_EQ(static_cast<std::size_t>(wire[1]), wire.size() - 2);
  websocket::Inflate inflate;
  EXPECT_EQ(inflate.expand(wire.substr(2), 1000).value_or("lost"), frame->messages());
}

TEST(Frame, O14EachEncodingIsSettledByItself) {
  websocket::Deflate deflate;
  Bytes messages;
  for (int i = 0; i < 100; ++i) messages += "\x92\x07\x01"s;
  const FrameRef frame = make_frame(messages);
  frame->settle_compressed(Encoding::json, deflate);
  EXPECT_FALSE(frame->is_settled(Encoding::msgpack));
  frame->settle_plain(Encoding::msgpack);
  EXPECT_EQ(frame->settled_wire(Encoding::msgpack), frame->wire(Encoding::msgpack));
  const ByteView wire = frame->settled_wire(Encoding::json);
  EXPECT_EQ(wire[0], '\xc1');
  websocket::Inflate inflate;
  EXPECT_EQ(inflate.expand(websocket::payload_of(wire), 10'000).value_or("lost"),
            websocket::payload_of(frame->wire(Encoding::json)));
}

TEST(Frame, NoMessagesAreAFrameToo) {
  const FrameRef frame = make_frame("");
  EXPECT_EQ(frame->wire(Encoding::msgpack), "\x82\x00"s);
  EXPECT_EQ(frame->wire(Encoding::json), "\x81\x02[]"s);
}

}  // namespace
}  // namespace weft::protocol
