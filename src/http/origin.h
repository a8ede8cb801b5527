// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weft::http {

/// Who may open sockets from a browser. Checked before anything else that a browser could be
/// tricked into (H20–H24, H27).
struct OriginPolicy {
  /// Development mode: Host must name this machine itself (localhost, 127.0.0.0/8, [::1]), against
  /// DNS rebinding. Pages that this machine serves are let in whatever their port: whoever can
  /// serve one here can reach the server without a browser.
  bool loopback_only = true;
  /// Origins allowed besides the server's own (scheme://host[:port]); "*" allows all but `null`,
  /// which has to be listed itself.
  std::vector<std::string> allowed_origins;
};

enum class OriginVerdict : unsigned char {
  own,       // no browser, or a page of this very server
  foreign,   // a page from elsewhere that the policy allows: it needs CORS fields
  bad_host,  // refused: Host does not name this machine
  refused,   // refused: a page from elsewhere
};

/// `origin` is empty when the request has none.
[[nodiscard]] OriginVerdict judge_origin(std::string_view host, std::string_view origin,
                                         const OriginPolicy& policy);

/// Whether the value of a Host header names this machine itself, with any port.
[[nodiscard]] bool is_loopback_host(std::string_view host);

}  // namespace weft::http
