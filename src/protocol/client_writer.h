// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/messages.h"
#include "util/bytes.h"

namespace weft::protocol {

// What a client says, section C of docs/protocol.md: each function appends one complete message, as
// MessageReader reads it. For programs of ours that talk to a server.

/// Leaves out what is absent. Requires: `presence` is empty or a valid map.
void append_hello(Bytes& out, const Hello& hello);
void append_cursor(Bytes& out, const Cursor& cursor);
void append_view(Bytes& out, const View& view);
/// Requires: `ops` is one valid array.
void append_push(Bytes& out, const Push& push);

}  // namespace weft::protocol
