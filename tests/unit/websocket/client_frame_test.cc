// SPDX-License-Identifier: Apache-2.0
#include "websocket/client_frame.h"

#include "support/split.h"
#include "unit/websocket/event_script.h"
#include "websocket/close_code.h"
#include "websocket/message_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weft::websocket {
namespace {

using namespace std::string_literals;
using namespace weft::test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr MaskKey kKey = {'\x37', '\xfa', '\x21', '\x3d'};

std::vector<std::string> heard_by_server(const Bytes& bytes) {
  MessageDecoder decoder;
  return decode(decoder, {bytes});
}

std::vector<std::string> heard_by_client(const Bytes& bytes) {
  MessageDecoder decoder(Limits{}, Sender::server);
  return decode(decoder, {bytes});
}

TEST(ClientFrame, IsTheExampleOfTheRfc) {
  // RFC 6455 section 5.7.
  Bytes out = "before";
  append_client_frame(out, Opcode::text, "Hello", kKey);
  EXPECT_EQ(out, "before\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s);
}

TEST(ClientFrame, IsTakenByAServerInEveryFormOfLength) {
  for (const std::size_t bytes : {0U, 1U, 125U, 126U, 65'535U, 65'536U}) {
    const std::string payload(bytes, 'x');
    Bytes out;
    append_client_frame(out, Opcode::binary, payload, kKey);
    EXPECT_THAT(heard_by_server(out), ElementsAre("binary " + payload));
  }
}

TEST(ClientFrame, ClosesAndAnswersPings) {
  Bytes out;
  append_client_frame(out, Opcode::pong, "p", kKey);
  append_client_close(out, kCloseNormal, kKey);
  EXPECT_THAT(heard_by_server(out), ElementsAre("pong p", "close 1000 "));
}

TEST(ServerFrame, IsTakenHoweverItIsCut) {
  Bytes out;
  append_frame_header(out, Opcode::binary, 300);
  out.append(300, 'x');
  append_ping(out, "p");
  append_close_frame(out, 4201, "bye");
  for_each_cut(out, 7, [&](const std::string& how, const Pieces& pieces) {
    MessageDecoder decoder(Limits{}, Sender::server);
    EXPECT_THAT(decode(decoder, pieces),
                ElementsAre("binary " + std::string(300, 'x'), "ping p", "close 4201 bye"))
        << how;
  });
}

TEST(ServerFrame, IsRefusedWhenMasked) {
  Bytes out;
  append_client_frame(out, Opcode::binary, "x", kKey);
  EXPECT_THAT(heard_by_client(out), ElementsAre("refused 1002"));
}

TEST(ServerFrame, IsRefusedByAServer) {
  EXPECT_THAT(heard_by_server("\x82\x01x"s), ElementsAre("refused 1002"));
}

}  // namespace
}  // namespace weft::websocket
