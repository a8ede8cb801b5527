// SPDX-License-Identifier: Apache-2.0
#include "http/origin.h"

#include "http/text.h"

#include <algorithm>
#include <optional>

namespace weft::http {
namespace {

struct HostAndPort {
  std::string_view host;  // an IPv6 address with its brackets
  std::string_view port;  // empty when there is none
};

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<HostAndPort> split_authority(std::string_view authority) {
  std::size_t end = 0;
  if (authority.starts_with('[')) {
    end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    ++end;
  } else {
    end = std::min(authority.find(':'), authority.size());
  }
  if (end == 0) return std::nullopt;
  HostAndPort result{authority.substr(0, end), {}};
  if (end == authority.size()) return result;
  result.port = authority.substr(end + 1);
  if (authority[end] != ':' || !is_number(result.port)) return std::nullopt;
  return result;
}

/// 127.a.b.c in four plain decimal numbers, so that no name passes for an address.
bool is_loopback_ipv4(std::string_view host) {
  int parts = 0;
  while (true) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    const std::string_view part = host.substr(0, dot);
    if (!is_number(part) || part.size() > 3 || (part.size() == 3 && part > "255")) return false;
    if (parts == 0 && part != "127") return false;
    ++parts;
    if (dot == host.size()) return parts == 4;
    host.remove_prefix(dot + 1);
  }
}

struct PageOrigin {
  std::string_view authority;
  std::string_view default_port;
};

/// Nothing for what is not the origin of a page that came over http or https.
std::optional<PageOrigin> split_origin(std::string_view origin) {
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = origin.substr(0, colon);
  const std::string_view authority = origin.substr(colon + 3);
  if (equals_ignoring_case(scheme, "http")) return PageOrigin{authority, "80"};
  if (equals_ignoring_case(scheme, "https")) return PageOrigin{authority, "443"};
  return std::nullopt;
}

/// Two authorities under the scheme of `origin`, whose default port may be left out.
bool is_own_origin(std::string_view host, std::string_view origin) {
  const auto page = split_origin(origin);
  if (!page) return false;
  const auto theirs = split_authority(page->authority);
  const auto ours = split_authority(host);
  if (!theirs || !ours || !equals_ignoring_case(theirs->host, ours->host)) return false;
  const auto port_of = [&page](const HostAndPort& authority) {
    return authority.port.empty() ? page->default_port : authority.port;
  };
  return port_of(*theirs) == port_of(*ours);
}

/// A page that this machine serves, such as a bundler's development server.
bool is_loopback_origin(std::string_view origin) {
  const auto page = split_origin(origin);
  return page && is_loopback_host(page->authority);
}

bool is_listed(std::string_view origin, const OriginPolicy& policy) {
  const bool is_null = equals_ignoring_case(origin, "null");
  return std::ranges::any_of(policy.allowed_origins, [&](const std::string& allowed) {
    return (allowed == "*" && !is_null) || equals_ignoring_case(allowed, origin);
  });
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const auto authority = split_authority(host);
  if (!authority) return false;
  const std::string name = to_lower(authority->host);
  return name == "localhost" || (name.ends_with(".localhost") && !name.starts_with('.')) ||
         name == "[::1]" || is_loopback_ipv4(name);
}

OriginVerdict judge_origin(std::string_view host, std::string_view origin,
                           const OriginPolicy& policy) {
  if (policy.loopback_only && !is_loopback_host(host)) return OriginVerdict::bad_host;
  if (origin.empty() || is_own_origin(host, origin)) return OriginVerdict::own;
  const bool is_allowed =
      is_listed(origin, policy) || (policy.loopback_only && is_loopback_origin(origin));  // H27
  return is_allowed ? OriginVerdict::foreign : OriginVerdict::refused;
}

}  // namespace weft::http
