// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::websocket {

/// What the messages of a connection look like (P2).
enum class Subprotocol : std::uint8_t {
  /// `weft.v1`: binary frames, MessagePack.
  msgpack,
  /// `weft.v1+json`: text frames, JSON.
  json,
};

/// The name on the wire.
[[nodiscard]] std::string_view subprotocol_name(Subprotocol subprotocol);

/// The first of the client's choices that the server knows. `header_value` is the comma-separated
/// list of Sec-WebSocket-Protocol; several such headers are joined with a comma.
[[nodiscard]] std::optional<Subprotocol> select_subprotocol(ByteView header_value);

/// Whether a Sec-WebSocket-Key is base64 of 16 bytes.
[[nodiscard]] bool is_valid_key(ByteView sec_websocket_key);

/// The value of Sec-WebSocket-Accept.
[[nodiscard]] Bytes accept_key(ByteView sec_websocket_key);

/// The values of an upgrade request's headers, without surrounding spaces; an absent one is empty.
/// Method, path, Upgrade, Connection and Origin are the HTTP side's to check.
struct UpgradeHeaders {
  ByteView sec_websocket_key;
  ByteView sec_websocket_version;
  ByteView sec_websocket_protocol;
  /// Left empty by a server that does not compress.
  ByteView sec_websocket_extensions = {};
};

/// What the two sides have agreed on.
struct Handshake {
  Bytes accept;
  Subprotocol subprotocol;
  /// The value of Sec-WebSocket-Extensions; empty: messages are not compressed.
  Bytes extensions;
};

/// Why an upgrade request gets an HTTP error.
enum class HandshakeRefusal : std::uint8_t {
  /// The version is not 13: status 426, and the response says `Sec-WebSocket-Version: 13`.
  unsupported_version,
  /// The key is absent or not base64 of 16 bytes: status 400.
  bad_key,
  /// None of our subprotocols is offered: status 400.
  no_known_subprotocol,
};

[[nodiscard]] unsigned http_status(HandshakeRefusal refusal);

/// A sentence for the response's body.
[[nodiscard]] std::string_view sentence(HandshakeRefusal refusal);

[[nodiscard]] Result<Handshake, HandshakeRefusal> negotiate(const UpgradeHeaders& headers);

/// Appends the whole 101 response.
void append_switching_protocols(Bytes& out, ByteView accept, ByteView subprotocol,
                                ByteView extensions = {});

}  // namespace weft::websocket
