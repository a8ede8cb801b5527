// SPDX-License-Identifier: Apache-2.0
#include "redis/url.h"

#include <charconv>
#include <optional>

namespace weft::redis {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::size_t kMaxUrlBytes = 4096;
// What Redis itself could be configured to have; the default is 16.
constexpr int kMaxDatabase = 1'000'000;

using Trouble = Failure<std::string>;

struct Scheme {
  ByteView name;
  Mode mode;
  bool uses_tls;
};
constexpr Scheme kSchemes[] = {
    {"redis", Mode::plain, false},
    {"rediss", Mode::plain, true},
    {"redis+sentinel", Mode::sentinel, false},
    {"rediss+sentinel", Mode::sentinel, true},
    {"redis+cluster", Mode::cluster, false},
    {"rediss+cluster", Mode::cluster, true},
};

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

Result<std::string, std::string> percent_decode(ByteView text, const char* what) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
    if (!high || !low) {
      return Trouble(std::string("the ") + what +
                     " of the Redis URL has a % that two hexadecimal digits do not follow");
    }
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

template <class Number>
std::optional<Number> to_number(ByteView text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Endpoint, std::string> parse_endpoint(ByteView text, std::uint16_t default_port) {
  Endpoint endpoint{.host = {}, .port = default_port};
  ByteView rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == ByteView::npos) {
      return Trouble("the Redis URL has an IPv6 address whose ] is missing");
    }
    endpoint.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    endpoint.host = text.substr(0, colon);
    if (colon != ByteView::npos) rest = text.substr(colon);
    if (rest.find(':', 1) != ByteView::npos) {
      return Trouble("the Redis URL has a host with several colons: write an IPv6 address in [ ]");
    }
  }
  if (endpoint.host.empty()) return Trouble("the Redis URL names no host");
  if (rest.empty()) return endpoint;
  const auto port = rest.starts_with(':') ? to_number<std::uint16_t>(rest.substr(1)) : std::nullopt;
  if (!port || *port == 0) {
    return Trouble("the port of " + endpoint.host + " in the Redis URL is not a number to 65535");
  }
  endpoint.port = *port;
  return endpoint;
}

Result<int, std::string> parse_database(ByteView text) {
  const auto number = to_number<int>(text);
  if (!number || *number < 0 || *number > kMaxDatabase) {
    return Trouble("the database of the Redis URL is not a number: \"" + std::string(text) + "\"");
  }
  return *number;
}

std::optional<std::string> parse_credentials(ByteView text, Credentials& into) {
  const std::size_t colon = text.find(':');
  if (colon == ByteView::npos) {
    return "the Redis URL has something before its @ without a colon: write :password@ or "
           "user:password@";
  }
  auto user = percent_decode(text.substr(0, colon), "user");
  if (!user) return user.error();
  auto password = percent_decode(text.substr(colon + 1), "password");
  if (!password) return password.error();
  if (password->empty()) return "the Redis URL has an empty password";
  into = {.user = std::move(*user), .password = std::move(*password)};
  return std::nullopt;
}

std::optional<std::string> parse_endpoints(ByteView text, Options& into) {
  const std::uint16_t port = into.mode == Mode::sentinel ? kSentinelPort : kRedisPort;
  for (;;) {
    const std::size_t comma = text.find(',');
    auto endpoint = parse_endpoint(text.substr(0, comma), port);
    if (!endpoint) return endpoint.error();
    into.endpoints.push_back(std::move(*endpoint));
    if (comma == ByteView::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (into.mode == Mode::plain && into.endpoints.size() > 1) {
    return "the Redis URL names several hosts: write redis+sentinel:// or redis+cluster://";
  }
  return std::nullopt;
}

std::optional<std::string> parse_path(ByteView path, Options& into) {
  ByteView database = path;
  if (into.mode == Mode::sentinel) {
    const std::size_t slash = path.find('/');
    auto name = percent_decode(path.substr(0, slash), "master name");
    if (!name) return name.error();
    if (name->empty()) {
      return "the Redis URL names no master: write redis+sentinel://host:port/master-name";
    }
    into.master_name = std::move(*name);
    database = slash == ByteView::npos ? ByteView() : path.substr(slash + 1);
  }
  if (database.empty()) return std::nullopt;
  if (into.mode == Mode::cluster) {
    return "the Redis URL has a path, but a cluster has no databases";
  }
  const auto number = parse_database(database);
  if (!number) return number.error();
  into.database = *number;
  return std::nullopt;
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host;
  return host + ":" + std::to_string(endpoint.port);
}

Result<Options, std::string> parse_url(ByteView url) {
  if (url.size() > kMaxUrlBytes) return Trouble("the Redis URL is longer than 4096 bytes");
  const std::size_t scheme_end = url.find("://");
  const Scheme* scheme = nullptr;
  for (const Scheme& known : kSchemes) {
    if (scheme_end != ByteView::npos && url.substr(0, scheme_end) == known.name) scheme = &known;
  }
  if (scheme == nullptr) {
    return Trouble(
        "the Redis URL begins with none of redis://, rediss://, redis+sentinel://, "
        "rediss+sentinel://, redis+cluster:// and rediss+cluster://");
  }
  Options options;
  options.mode = scheme->mode;
  options.uses_tls = scheme->uses_tls;

  ByteView rest = url.substr(scheme_end + 3);
  // A password may hold slashes that somebody forgot to encode, so the @ is looked for first.
  if (const std::size_t at = rest.rfind('@'); at != ByteView::npos) {
    if (auto trouble = parse_credentials(rest.substr(0, at), options.credentials)) {
      return Trouble(std::move(*trouble));
    }
    rest.remove_prefix(at + 1);
  }
  const std::size_t slash = rest.find('/');
  const ByteView path = slash == ByteView::npos ? ByteView() : rest.substr(slash + 1);
  if (path.find_first_of("?#") != ByteView::npos) {
    return Trouble("the Redis URL has a ? or #, which mean nothing here");
  }
  if (auto trouble = parse_endpoints(rest.substr(0, slash), options)) {
    return Trouble(std::move(*trouble));
  }
  if (auto trouble = parse_path(path, options)) return Trouble(std::move(*trouble));
  return options;
}

}  // namespace weft::redis
