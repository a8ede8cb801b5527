// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace weft {

/// Owned bytes, text or not. std::string because every append, compare and small-size habit of it fits.
using Bytes = std::string;

/// Borrowed bytes. Whoever hands one out says how long it lives.
using ByteView = std::string_view;

}  // namespace weft
