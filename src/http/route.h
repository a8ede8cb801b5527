// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "http/request_reader.h"
#include "protocol/frame.h"
#include "util/bytes.h"
#include "util/ids.h"

namespace weft::http {

/// Who may open sockets from a browser. Checked before anything else that a browser could be tricked into.
struct OriginPolicy {
  /// Development mode: Host must name this machine itself (localhost, 127.0.0.0/8, [::1]), against DNS rebinding.
  bool loopback_hosts_only = true;
  /// Origins allowed besides the server's own (scheme://host[:port]); "*" allows all.
  std::vector<std::string> allowed_origins;
};

/// Becomes a session: write `response`, then hand the socket to the canvas's shard.
struct Upgrade {
  CanvasId canvas;
  protocol::Encoding encoding = protocol::Encoding::msgpack;
  Bytes response;  // 101
};
/// The answer is complete.
struct Respond {
  Bytes response;
};
/// GET /healthz: the process lives.
struct ReadHealth {};
/// GET /readyz: it takes sessions and pushes.
struct ReadReadiness {};
/// GET /v1/canvases/{canvas}
struct ReadDocument {
  CanvasId canvas;
  std::string token;  // from Authorization: Bearer; empty when absent
};
/// GET /v1/canvases/{canvas}/last-seen
struct ReadLastSeen {
  CanvasId canvas;
  std::string token;
};

using Route =
    std::variant<Respond, Upgrade, ReadHealth, ReadReadiness, ReadDocument, ReadLastSeen>;

/// What a request asks for. Paths outside the API are files of the demo page.
[[nodiscard]] Route route(const Request& request, const OriginPolicy& origins);

/// P1.
[[nodiscard]] bool is_valid_canvas_id(std::string_view id);

}  // namespace weft::http
