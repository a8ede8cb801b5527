// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace weft::websocket {

// Close codes of RFC 6455 section 7.4. They are plain numbers, because the range 4000–4999 belongs
// to the application and passes through here unread.

/// The connection has done its work.
inline constexpr std::uint16_t kCloseNormal = 1000;
/// The server stops, or the browser leaves the page.
inline constexpr std::uint16_t kCloseGoingAway = 1001;
/// The peer broke a rule of RFC 6455.
inline constexpr std::uint16_t kCloseProtocolError = 1002;
/// A kind of data came that the endpoint does not take, e.g. text where binary was agreed.
inline constexpr std::uint16_t kCloseUnsupportedData = 1003;
/// Never on the wire: the close frame had no code.
inline constexpr std::uint16_t kCloseNoStatus = 1005;
/// Never on the wire: the connection went away without a close frame.
inline constexpr std::uint16_t kCloseAbnormal = 1006;
/// A text was not UTF-8.
inline constexpr std::uint16_t kCloseInvalidPayload = 1007;
/// A rule was broken that has no code of its own.
inline constexpr std::uint16_t kClosePolicyViolation = 1008;
/// A message was larger than the endpoint takes.
inline constexpr std::uint16_t kCloseMessageTooBig = 1009;
/// The endpoint could not go on.
inline constexpr std::uint16_t kCloseInternalError = 1011;

/// Whether a close frame may carry `code`: the RFC's own and the registered codes without those
/// reserved for local use, and everything from 3000 to 4999.
[[nodiscard]] constexpr bool is_valid_close_code(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  if (code < 1000 || code > 1014) return false;
  return code != 1004 && code != kCloseNoStatus && code != kCloseAbnormal;
}

}  // namespace weft::websocket
