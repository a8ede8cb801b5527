// SPDX-License-Identifier: Apache-2.0
#include "websocket/handshake.h"

#include "websocket/permessage_deflate.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace weft::websocket {
namespace {

/// RFC 6455 section 1.3.
constexpr ByteView kAcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

constexpr std::size_t kSha1Bytes = 20;

/// 16 bytes in base64, and the padding at its end.
constexpr std::size_t kKeyChars = 24;
constexpr ByteView kKeyPadding = "==";

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

ByteView trim(ByteView text) {
  constexpr ByteView kSpaces = " \t";
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == ByteView::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

}  // namespace

std::string_view subprotocol_name(Subprotocol subprotocol) {
  switch (subprotocol) {
    case Subprotocol::msgpack:
      return "weft.v1";
    case Subprotocol::json:
      return "weft.v1+json";
  }
  return {};
}

std::optional<Subprotocol> select_subprotocol(ByteView header_value) {
  while (!header_value.empty()) {
    const std::size_t comma = std::min(header_value.find(','), header_value.size());
    const ByteView offered = trim(header_value.substr(0, comma));
    for (const Subprotocol known : {Subprotocol::msgpack, Subprotocol::json}) {
      if (offered == subprotocol_name(known)) return known;
    }
    header_value.remove_prefix(std::min(comma + 1, header_value.size()));
  }
  return std::nullopt;
}

bool is_valid_key(ByteView sec_websocket_key) {
  if (sec_websocket_key.size() != kKeyChars || !sec_websocket_key.ends_with(kKeyPadding)) {
    return false;
  }
  const ByteView chars = sec_websocket_key.substr(0, kKeyChars - kKeyPadding.size());
  return std::all_of(chars.begin(), chars.end(), is_base64);
}

Bytes accept_key(ByteView sec_websocket_key) {
  const Bytes hashed = Bytes(sec_websocket_key).append(kAcceptGuid);
  unsigned char digest[kSha1Bytes];
  [[maybe_unused]] const int is_hashed =
      EVP_Digest(hashed.data(), hashed.size(), digest, nullptr, EVP_sha1(), nullptr);
  assert(is_hashed == 1);
  // 20 bytes make 28 characters; EVP_EncodeBlock adds a zero byte.
  unsigned char encoded[29];
  const int chars = EVP_EncodeBlock(encoded, digest, sizeof digest);
  return Bytes(encoded, encoded + chars);
}

unsigned http_status(HandshakeRefusal refusal) {
  return refusal == HandshakeRefusal::unsupported_version ? 426 : 400;
}

std::string_view sentence(HandshakeRefusal refusal) {
  switch (refusal) {
    case HandshakeRefusal::unsupported_version:
      return "This server speaks WebSocket version 13 only: send Sec-WebSocket-Version: 13.";
    case HandshakeRefusal::bad_key:
      return "Sec-WebSocket-Key must be 16 bytes in base64.";
    case HandshakeRefusal::no_known_subprotocol:
      return "Offer a subprotocol in Sec-WebSocket-Protocol: weft.v1 (MessagePack) or "
             "weft.v1+json (JSON).";
  }
  return {};
}

Result<Handshake, HandshakeRefusal> negotiate(const UpgradeHeaders& headers) {
  if (headers.sec_websocket_version != "13") {
    return Failure<HandshakeRefusal>(HandshakeRefusal::unsupported_version);
  }
  if (!is_valid_key(headers.sec_websocket_key)) {
    return Failure<HandshakeRefusal>(HandshakeRefusal::bad_key);
  }
  const auto subprotocol = select_subprotocol(headers.sec_websocket_protocol);
  if (!subprotocol) return Failure<HandshakeRefusal>(HandshakeRefusal::no_known_subprotocol);
  return Handshake{
      .accept = accept_key(headers.sec_websocket_key),
      .subprotocol = *subprotocol,
      .extensions = accept_permessage_deflate(headers.sec_websocket_extensions).value_or(Bytes())};
}

void append_switching_protocols(Bytes& out, ByteView accept, ByteView subprotocol,
                                ByteView extensions) {
  out.append(
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ");
  out.append(accept).append("\r\nSec-WebSocket-Protocol: ").append(subprotocol);
  if (!extensions.empty()) out.append("\r\nSec-WebSocket-Extensions: ").append(extensions);
  out.append("\r\n\r\n");
}

}  // namespace weft::websocket
