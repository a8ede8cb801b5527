// SPDX-License-Identifier: Apache-2.0
#include "websocket/client_handshake.h"

#include "websocket/handshake.h"

#include <algorithm>
#include <charconv>

namespace weft::websocket {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kVersion = "HTTP/1.1 ";
constexpr unsigned kSwitchingProtocols = 101;

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t";
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

/// The value of the first field of that name; empty when there is none. `fields`: whole lines.
std::string_view field(std::string_view fields, std::string_view name) {
  while (!fields.empty()) {
    const std::size_t end = std::min(fields.find(kLineEnd), fields.size());
    const std::string_view line = fields.substr(0, end);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && is_same_name(line.substr(0, colon), name)) {
      return trim(line.substr(colon + 1));
    }
    fields.remove_prefix(std::min(end + kLineEnd.size(), fields.size()));
  }
  return {};
}

UpgradeResponse failed(std::string_view reason) {
  return {.state = UpgradeResponse::State::failed, .reason = reason};
}

}  // namespace

void append_upgrade_request(Bytes& out, const UpgradeRequest& request) {
  out.append("GET ").append(request.path).append(" HTTP/1.1\r\nHost: ").append(request.host);
  out.append(
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: ");
  out.append(request.key).append("\r\nSec-WebSocket-Protocol: ").append(request.subprotocol);
  out.append(kHeadEnd);
}

UpgradeResponse read_upgrade_response(ByteView answer, std::string_view key,
                                      std::string_view subprotocol) {
  const std::string_view begin = answer.substr(0, kVersion.size());
  if (!kVersion.starts_with(begin)) return failed("The answer is not HTTP/1.1.");
  const std::size_t head_end = answer.substr(0, kResponseHeadBytesMax).find(kHeadEnd);
  if (head_end == std::string_view::npos) {
    if (answer.size() >= kResponseHeadBytesMax) return failed("The answer's head does not end.");
    return {};
  }

  UpgradeResponse response;
  response.head_bytes = head_end + kHeadEnd.size();
  const std::string_view head = answer.substr(0, head_end);
  const std::string_view after_version = head.substr(kVersion.size());
  const auto [end, error] = std::from_chars(
      after_version.data(), after_version.data() + after_version.size(), response.status);
  if (error != std::errc() || end != after_version.data() + 3) {
    return failed("The answer has no status.");
  }
  if (response.status != kSwitchingProtocols) {
    response.state = UpgradeResponse::State::refused;
    response.reason = answer.substr(response.head_bytes);
    return response;
  }
  const std::size_t line_end = std::min(head.find(kLineEnd), head.size());
  const std::string_view fields =
      head.substr(line_end).substr(std::min(kLineEnd.size(), head.size() - line_end));
  if (field(fields, "Sec-WebSocket-Accept") != accept_key(key)) {
    return failed("The answer's Sec-WebSocket-Accept does not fit the key.");
  }
  if (field(fields, "Sec-WebSocket-Protocol") != subprotocol) {
    return failed("The server chose another subprotocol.");
  }
  response.state = UpgradeResponse::State::accepted;
  return response;
}

}  // namespace weft::websocket
