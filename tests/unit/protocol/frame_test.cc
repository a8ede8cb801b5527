// SPDX-License-Identifier: Apache-2.0
#include "protocol/frame.h"

#include "protocol/messages.h"

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

TEST(Frame, NoMessagesAreAFrameToo) {
  const FrameRef frame = make_frame("");
  EXPECT_EQ(frame->wire(Encoding::msgpack), "\x82\x00"s);
  EXPECT_EQ(frame->wire(Encoding::json), "\x81\x02[]"s);
}

}  // namespace
}  // namespace weft::protocol
