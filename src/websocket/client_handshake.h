// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::websocket {

/// What a client asks when it opens a connection (RFC 6455 section 4.1).
struct UpgradeRequest {
  std::string_view host;  // with the port, as it stands in a URL
  std::string_view path;
  std::string_view subprotocol;
  std::string_view key;  // base64 of 16 bytes, made up anew for each connection
};
void append_upgrade_request(Bytes& out, const UpgradeRequest& request);

/// The most that the head of a response may have.
inline constexpr std::size_t kResponseHeadBytesMax = 16 * 1024;

/// What the bytes that a server has answered so far amount to.
struct UpgradeResponse {
  enum class State : std::uint8_t {
    /// The head is not complete.
    need_more,
    /// The connection is a WebSocket; frames follow from `head_bytes` on.
    accepted,
    /// Another status than 101: `status`, and in `reason` the body as far as it has come, which is
    /// a sentence when the server is ours.
    refused,
    /// Not what a WebSocket server answers; `reason` says in which way.
    failed,
  };
  State state = State::need_more;
  unsigned status = 0;
  std::size_t head_bytes = 0;
  std::string_view reason = {};  // points into the answer, or is static
};

/// `answer`: everything that has come on the connection; `key` and `subprotocol` as they were sent.
[[nodiscard]] UpgradeResponse read_upgrade_response(ByteView answer, std::string_view key,
                                                    std::string_view subprotocol);

}  // namespace weft::websocket
