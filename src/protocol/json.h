// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/msgpack.h"
#include "util/bytes.h"
#include "util/result.h"

namespace weft::protocol {

/// Text form of the wire (`weft.v1+json`): the same messages, transcoded at the edge, so that only
/// one codec decides what a message is. Strings stay strings; where a message wants binary, it
/// takes base64 (P6).

/// A JSON array of messages becomes MessagePack messages back to back, appended to `out`. Bounded
/// by kDepthMax; integers stay integers.
[[nodiscard]] Result<void, DecodeError> json_to_messages(std::string_view text, Bytes& out);

/// MessagePack messages back to back become a JSON array. Binary becomes base64, a float without a
/// finite value becomes null. Requires: `messages` is valid (it was made or checked by us).
void append_messages_as_json(Bytes& out, ByteView messages);

/// One MessagePack value as JSON. Requires: valid.
void append_value_as_json(Bytes& out, ByteView value);

}  // namespace weft::protocol
