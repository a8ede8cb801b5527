// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/origin.h"
#include "http/request_reader.h"
#include "protocol/frame.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <string>
#include <string_view>
#include <variant>

namespace weft::http {

/// Becomes a session: write `response`, then hand the socket to the canvas's shard.
struct Upgrade {
  CanvasId canvas;
  protocol::Form form = protocol::Encoding::msgpack;
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

using Route = std::variant<Respond, Upgrade, ReadHealth, ReadReadiness, ReadDocument, ReadLastSeen>;

/// What a request asks for. Paths outside the API are files of the demo page. `compresses`: whether
/// an upgrade may agree on compression.
[[nodiscard]] Route route(const Request& request, const OriginPolicy& origins,
                          bool compresses = true);

/// Makes a response that was built for one of the Read… routes (by make_response or make_error) fit
/// its request: without its body
/// for HEAD (H5), with CORS fields for an allowed page from elsewhere (H25).
[[nodiscard]] Bytes finish_response(Bytes response, const Request& request,
                                    const OriginPolicy& origins);

/// P1.
[[nodiscard]] bool is_valid_canvas_id(std::string_view id);

}  // namespace weft::http
