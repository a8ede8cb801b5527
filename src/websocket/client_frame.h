// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "websocket/frame_header.h"
#include "websocket/masking.h"

#include <cstdint>

namespace weft::websocket {

// What a client sends: the server never does. For tools that talk to a server.

/// Appends an unfragmented frame whose payload is masked with `key`. Whoever sends to servers that
/// are not his own takes keys that nobody can foresee (RFC 6455 section 10.3).
/// Requires: a control frame's payload has at most kControlPayloadBytesMax bytes.
void append_client_frame(Bytes& out, Opcode opcode, ByteView payload, MaskKey key);

/// Appends a close frame with a code and no reason. Requires: `code` is valid on the wire.
void append_client_close(Bytes& out, std::uint16_t code, MaskKey key);

}  // namespace weft::websocket
