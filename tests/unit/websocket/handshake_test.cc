// SPDX-License-Identifier: Apache-2.0
#include "websocket/handshake.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::websocket {
namespace {

// The example of RFC 6455 section 1.3.
constexpr ByteView kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr ByteView kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

UpgradeHeaders right_headers() {
  return {.sec_websocket_key = kKey,
          .sec_websocket_version = "13",
          .sec_websocket_protocol = "weft.v1"};
}

void expect_refusal(const UpgradeHeaders& headers, HandshakeRefusal refusal) {
  const auto result = negotiate(headers);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), refusal);
}

TEST(Handshake, W1AcceptValueIsTheRfcsExample) {
  EXPECT_EQ(accept_key(kKey), kAccept);
}

TEST(Handshake, W1AgreesOnARightRequest) {
  const auto result = negotiate(right_headers());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->accept, kAccept);
  EXPECT_EQ(result->subprotocol, Subprotocol::msgpack);
}

TEST(Handshake, W2RefusesAKeyThatIsNot16Bytes) {
  for (const ByteView key :
       {ByteView(""), ByteView("dGhlIHNhbXBsZSBub25jZQ="), ByteView("dGhlIHNhbXBsZSBub25jZQ"),
        ByteView("dGhlIHNhbXBsZSBub25jZQ===="), ByteView("dGhlIHNhbXBsZSBub25jZWU="),
        ByteView("dGhlIHNhbXBsZSBub25jZQ= "), ByteView("dGhlIHNhbXBsZSBub25j-_=="),
        ByteView("dGhlIHNhbXBsZSBub25jZ==="), ByteView("dGhlIHNhbX\0sZSBub25jZQ==", 24)}) {
    UpgradeHeaders headers = right_headers();
    headers.sec_websocket_key = key;
    expect_refusal(headers, HandshakeRefusal::bad_key);
  }
  EXPECT_TRUE(is_valid_key(kKey));
  EXPECT_TRUE(is_valid_key("+/+/+/+/+/+/+/+/+/+/+w=="));
  EXPECT_EQ(http_status(HandshakeRefusal::bad_key), 400U);
}

TEST(Handshake, W3RefusesOtherVersions) {
  for (const ByteView version : {"", "8", "12", "14", "013", "13, 8", "13 "}) {
    UpgradeHeaders headers = right_headers();
    headers.sec_websocket_version = version;
    expect_refusal(headers, HandshakeRefusal::unsupported_version);
  }
  EXPECT_EQ(http_status(HandshakeRefusal::unsupported_version), 426U);
  EXPECT_NE(sentence(HandshakeRefusal::unsupported_version).find("13"), ByteView::npos);
}

TEST(Handshake, W4TakesTheClientsFirstKnownChoice) {
  EXPECT_EQ(select_subprotocol("weft.v1"), Subprotocol::msgpack);
  EXPECT_EQ(select_subprotocol("weft.v1+json"), Subprotocol::json);
  EXPECT_EQ(select_subprotocol("weft.v1+json, weft.v1"), Subprotocol::json);
  EXPECT_EQ(select_subprotocol("weft.v1,weft.v1+json"), Subprotocol::msgpack);
  EXPECT_EQ(select_subprotocol("weft.v2, mqtt,\tweft.v1+json ,weft.v1"), Subprotocol::json);
  EXPECT_EQ(select_subprotocol(",, weft.v1 ,"), Subprotocol::msgpack);
}

TEST(Handshake, W4ComparesLetterByLetter) {
  for (const ByteView offered :
       {"WEFT.V1", "weft.v", "weft.v1+", "weft.v1+jsonx", "weft.v1 weft.v1"}) {
    EXPECT_EQ(select_subprotocol(offered), std::nullopt) << offered;
  }
}

TEST(Handshake, W5RefusesAClientWithoutAKnownSubprotocol) {
  for (const ByteView offered : {"", " ", ",", ", ,", "mqtt", "weft.v2, chat"}) {
    UpgradeHeaders headers = right_headers();
    headers.sec_websocket_protocol = offered;
    expect_refusal(headers, HandshakeRefusal::no_known_subprotocol);
  }
  EXPECT_EQ(http_status(HandshakeRefusal::no_known_subprotocol), 400U);
  const std::string_view said = sentence(HandshakeRefusal::no_known_subprotocol);
  EXPECT_NE(said.find("weft.v1 "), ByteView::npos);
  EXPECT_NE(said.find("weft.v1+json "), ByteView::npos);
}

TEST(Handshake, W6ResponseIsExactlyThis) {
  Bytes out;
  append_switching_protocols(out, kAccept, subprotocol_name(Subprotocol::json));
  EXPECT_EQ(out,
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Sec-WebSocket-Protocol: weft.v1+json\r\n"
            "\r\n");
}

TEST(Handshake, W6NamesTheCompressionThatWasAgreedOn) {
  UpgradeHeaders headers = right_headers();
  EXPECT_EQ(negotiate(headers)->extensions, "");
  headers.sec_websocket_extensions = "permessage-deflate; client_max_window_bits";
  const auto result = negotiate(headers);
  ASSERT_TRUE(result);
  Bytes out;
  append_switching_protocols(out, result->accept, subprotocol_name(result->subprotocol),
                             result->extensions);
  EXPECT_TRUE(
      out.ends_with("\r\nSec-WebSocket-Protocol: weft.v1\r\n"
                    "Sec-WebSocket-Extensions: permessage-deflate; "
                    "server_no_context_takeover; client_no_context_takeover\r\n\r\n"))
      << out;
}

}  // namespace
}  // namespace weft::websocket
