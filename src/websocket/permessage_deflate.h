// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <optional>

namespace weft::websocket {

/// Chooses among a client's offers of permessage-deflate (RFC 7692 section 7.1): the first that we
/// can keep, as the value of Sec-WebSocket-Extensions in the response, or nothing. `header_value`
/// is the request's; several such headers are joined with a comma.
///
/// Neither side carries anything from one message to the next, so that one compressed form serves
/// every session, whenever it came; and since that form is made with one window
/// (kDeflateWindowBits), an offer that asks us for a smaller one is declined. Offers of other
/// extensions, and those that break the grammar, are passed over.
[[nodiscard]] std::optional<Bytes> accept_permessage_deflate(ByteView header_value);

}  // namespace weft::websocket
