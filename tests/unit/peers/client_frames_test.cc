// SPDX-License-Identifier: Apache-2.0
#include "client_frames.h"

#include "websocket/message_decoder.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>

namespace weft::peers {
namespace {

TEST(ClientFrames, OurServerReadsThem) {
  for (const std::size_t size : {0U, 1U, 7U, 125U, 126U, 70'000U}) {
    const Bytes payload(size, 'x');
    Bytes frame;
    append_client_frame(frame, websocket::Opcode::binary, payload);
    websocket::MessageDecoder decoder;
    std::span<char> input(frame);
    const websocket::Event event = decoder.next(input, Instant{});
    ASSERT_EQ(event.kind, websocket::EventKind::message) << size;
    EXPECT_EQ(event.payload, payload);
  }
}

TEST(ClientFrames, ServerFramesAreReadWhereverTheyEnd) {
  for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U}) {
    Bytes wire;
    websocket::append_frame_header(wire, websocket::Opcode::text, size);
    wire.append(size, 'y');
    const std::size_t whole = wire.size();
    wire += "next";
    for (std::size_t cut = 0; cut < whole; cut += 1 + whole / 50) {
      EXPECT_FALSE(read_server_frame(ByteView(wire).substr(0, cut))) << size << " cut at " << cut;
    }
    const auto frame = read_server_frame(wire);
    ASSERT_TRUE(frame) << size;
    EXPECT_EQ(frame->opcode, websocket::Opcode::text);
    EXPECT_TRUE(frame->is_final);
    EXPECT_EQ(frame->payload, Bytes(size, 'y'));
    EXPECT_EQ(frame->bytes, whole);
  }
}

}  // namespace
}  // namespace weft::peers
