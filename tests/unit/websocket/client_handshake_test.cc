// SPDX-License-Identifier: Apache-2.0
#include "websocket/client_handshake.h"

#include "websocket/handshake.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::websocket {
namespace {

using State = UpgradeResponse::State;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

Bytes accepted(std::string_view subprotocol = "weft.v1") {
  Bytes out;
  append_switching_protocols(out, accept_key(kKey), subprotocol);
  return out;
}

UpgradeResponse read(ByteView answer) {
  return read_upgrade_response(answer, kKey, "weft.v1");
}

TEST(ClientHandshake, AsksForAllThatAServerWants) {
  Bytes out;
  append_upgrade_request(
      out,
      {.host = "127.0.0.1:8080", .path = "/v1/canvases/a", .subprotocol = "weft.v1", .key = kKey});
  EXPECT_EQ(
      out,
      "GET /v1/canvases/a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: weft.v1\r\n\r\n");
}

TEST(ClientHandshake, TakesWhatOurServerAnswersAtEveryCut) {
  const Bytes head = accepted();
  const Bytes answer = head + "frames";
  for (std::size_t bytes = 0; bytes <= answer.size(); ++bytes) {
    const UpgradeResponse response = read(ByteView(answer).substr(0, bytes));
    EXPECT_EQ(response.state, bytes < head.size() ? State::need_more : State::accepted) << bytes;
    if (bytes < head.size()) continue;
    EXPECT_EQ(response.head_bytes, head.size());
  }
}

TEST(ClientHandshake, FieldNamesMayBeInAnyCase) {
  const Bytes answer = "HTTP/1.1 101 x\r\nsec-websocket-ACCEPT:  " + accept_key(kKey) +
                       " \r\nSEC-websocket-protocol: weft.v1\r\n\r\n";
  EXPECT_EQ(read(answer).state, State::accepted);
}

TEST(ClientHandshake, ARefusalHasStatusAndSentence) {
  const UpgradeResponse response =
      read("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nLater");
  EXPECT_EQ(response.state, State::refused);
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.reason, "Later");
}

TEST(ClientHandshake, AnswersThatAreNotAWebSocketServersFail) {
  for (const std::string& answer :
       {std::string("SSH-2.0-x\r\n"), std::string("HTTP/1.1 abc\r\n\r\n"),
        std::string("HTTP/1.1 101\r\n\r\n"), accepted("weft.v1+json"),
        "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: " + accept_key("other") + "\r\n\r\n",
        "HTTP/1.1 200 " + std::string(kResponseHeadBytesMax, 'x')}) {
    const UpgradeResponse response = read(answer);
    EXPECT_EQ(response.state, State::failed) << answer;
    EXPECT_FALSE(response.reason.empty());
  }
}

}  // namespace
}  // namespace weft::websocket
