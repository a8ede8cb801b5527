// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <string_view>

namespace weft::http {

/// A complete response that closes the connection (H6), with the headers that keep a browser
/// careful: nosniff, no framing, no referrer, and no caching unless `extra_fields` says otherwise.
/// `extra_fields`: further header lines, each ending in CRLF.
[[nodiscard]] Bytes make_response(int status, std::string_view content_type, ByteView body,
                                  std::string_view extra_fields = {});

/// {"error": sentence} with that status.
[[nodiscard]] Bytes make_error(int status, std::string_view sentence,
                               std::string_view extra_fields = {});

}  // namespace weft::http
