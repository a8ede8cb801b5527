// SPDX-License-Identifier: Apache-2.0
#include "http/route.h"

#include "http/assets.h"
#include "http/response.h"
#include "http/text.h"
#include "protocol/limits.h"
#include "websocket/handshake.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::http {
namespace {

constexpr std::string_view kApiPrefix = "/v1/";
constexpr std::string_view kCanvasesPrefix = "/v1/canvases/";
constexpr std::string_view kLastSeenSuffix = "/last-seen";
constexpr std::string_view kAllowRead = "Allow: GET, HEAD\r\n";
constexpr std::string_view kAllowApi = "Allow: GET, HEAD, OPTIONS\r\n";

bool is_api_path(std::string_view path) {
  return path.starts_with(kApiPrefix) || path == kApiPrefix.substr(0, kApiPrefix.size() - 1);
}

bool is_read(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

Respond refuse_method(std::string_view allow) {
  return {make_error(405, "This path can only be read.", allow)};
}

OriginVerdict judge(const Request& request, const OriginPolicy& origins) {
  return judge_origin(request.field("Host"), request.joined_field("Origin"), origins);
}

/// The token of `Authorization: Bearer`, never from the URL, where it would end up in logs.
std::string bearer_token(const Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string value = request.joined_field("Authorization");
  if (!equals_ignoring_case(std::string_view(value).substr(0, kScheme.size()), kScheme)) return {};
  return value.substr(std::min(value.find_first_not_of(' ', kScheme.size()), value.size()));
}

std::string cors_fields(const Request& request, OriginVerdict verdict) {
  // A cache must not give one page's answer to another.
  std::string fields = "Vary: Origin\r\n";
  if (verdict == OriginVerdict::foreign) {
    fields.append("Access-Control-Allow-Origin: ").append(request.joined_field("Origin"));
    fields.append("\r\n");
  }
  return fields;
}

Respond answer_preflight(OriginVerdict verdict) {
  std::string fields(kAllowApi);
  if (verdict == OriginVerdict::foreign) {
    fields +=
        "Access-Control-Allow-Methods: GET, HEAD\r\n"
        "Access-Control-Allow-Headers: Authorization\r\n"
        "Access-Control-Max-Age: 600\r\n";
  }
  return {make_response(204, {}, {}, fields)};
}

bool wants_websocket(const Request& request) {
  return request.method == "GET" && has_token(request.joined_field("Upgrade"), "websocket");
}

Route upgrade(const Request& request, CanvasId canvas, bool compresses) {
  if (request.is_http_1_0) {
    return Respond{make_error(400, "A WebSocket upgrade needs HTTP/1.1.")};
  }
  if (!has_token(request.joined_field("Connection"), "upgrade")) {
    return Respond{make_error(400, "A WebSocket upgrade needs the field Connection: Upgrade.")};
  }
  const std::string key = request.joined_field("Sec-WebSocket-Key");
  const std::string version = request.joined_field("Sec-WebSocket-Version");
  const std::string subprotocols = request.joined_field("Sec-WebSocket-Protocol");
  const std::string extensions =
      compresses ? request.joined_field("Sec-WebSocket-Extensions") : std::string();
  const auto handshake = websocket::negotiate({.sec_websocket_key = key,
                                               .sec_websocket_version = version,
                                               .sec_websocket_protocol = subprotocols,
                                               .sec_websocket_extensions = extensions});
  if (!handshake) {
    const auto refusal = handshake.error();
    const bool is_version = refusal == websocket::HandshakeRefusal::unsupported_version;
    return Respond{make_error(static_cast<int>(websocket::http_status(refusal)),
                              websocket::sentence(refusal),
                              is_version ? "Sec-WebSocket-Version: 13\r\n" : "")};
  }
  Upgrade result;
  result.canvas = std::move(canvas);
  const bool is_json = handshake->subprotocol == websocket::Subprotocol::json;
  result.form = {is_json ? protocol::Encoding::json : protocol::Encoding::msgpack,
                 !handshake->extensions.empty()};
  websocket::append_switching_protocols(result.response, handshake->accept,
                                        websocket::subprotocol_name(handshake->subprotocol),
                                        handshake->extensions);
  return result;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

/// Many clients encode `:` and `~`. Only characters of canvas ids survive the check behind this, so
/// nothing can be smuggled in; a bad encoding is left as it is and fails there.
std::string decode_percent(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (high && low) {
        result += static_cast<char>(*high << 4 | *low);
        i += 2;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

Route route_api(const Request& request, const OriginPolicy& origins, bool compresses) {
  const OriginVerdict verdict = judge(request, origins);
  if (verdict == OriginVerdict::bad_host) {
    return Respond{make_error(403,
                              "In development mode this server answers only to the names of this "
                              "machine: localhost, 127.0.0.1 or [::1].")};
  }
  if (verdict == OriginVerdict::refused) {
    return Respond{make_error(
        403,
        "Pages from this origin may not use this server; its operator can allow them with "
        "--origin.")};
  }
  std::string_view rest = request.path;
  if (!rest.starts_with(kCanvasesPrefix)) {
    return Respond{make_error(404, "The API has no such path.")};
  }
  rest.remove_prefix(kCanvasesPrefix.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view suffix = rest.substr(slash);
  if (!suffix.empty() && suffix != kLastSeenSuffix) {
    return Respond{make_error(404, "The API has no such path.")};
  }
  CanvasId canvas = decode_percent(rest.substr(0, slash));
  if (!is_valid_canvas_id(canvas)) {  // P1
    return Respond{make_error(404, "A canvas id has 1 to 128 characters of A-Z a-z 0-9 . _ ~ : -")};
  }

  if (request.method == "OPTIONS") return answer_preflight(verdict);
  if (!is_read(request)) return refuse_method(kAllowApi);
  if (!suffix.empty()) return ReadLastSeen{std::move(canvas), bearer_token(request)};
  if (wants_websocket(request)) return upgrade(request, std::move(canvas), compresses);
  return ReadDocument{std::move(canvas), bearer_token(request)};
}

Route route_path(const Request& request, const OriginPolicy& origins, bool compresses) {
  if (is_api_path(request.path)) return route_api(request, origins, compresses);
  if (!is_read(request)) return refuse_method(kAllowRead);
  if (request.path == "/healthz") return ReadHealth{};
  if (request.path == "/readyz") return ReadReadiness{};
  return Respond{respond_with_asset(request, demo_assets())};
}

void remove_body(Bytes& response) {
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  response.resize(response.find(kHeadEnd) + kHeadEnd.size());
}

}  // namespace

bool is_valid_canvas_id(std::string_view id) {
  static constexpr std::string_view kMarks = "._~:-";
  return !id.empty() && id.size() <= protocol::kCanvasIdCharsMax &&
         std::ranges::all_of(id, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  kMarks.contains(c);
         });
}

Route route(const Request& request, const OriginPolicy& origins, bool compresses) {
  Route result = route_path(request, origins, compresses);
  auto* respond = std::get_if<Respond>(&result);
  if (respond != nullptr) {
    respond->response = finish_response(std::move(respond->response), request, origins);
  }
  return result;
}

Bytes finish_response(Bytes response, const Request& request, const OriginPolicy& origins) {
  if (request.method == "HEAD") remove_body(response);
  if (is_api_path(request.path)) {
    constexpr std::string_view kLineEnd = "\r\n";
    response.insert(response.find(kLineEnd) + kLineEnd.size(),
                    cors_fields(request, judge(request, origins)));
  }
  return response;
}

}  // namespace weft::http
