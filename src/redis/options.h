// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::redis {

struct Endpoint {
  std::string host;  // a name or an address; an IPv6 address without its brackets
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

/// "localhost:6379", "[::1]:6379".
std::string to_string(const Endpoint& endpoint);

/// An ACL user, or only a password, or nothing when both are empty.
struct Credentials {
  std::string user;
  std::string password;
};

enum class Mode : std::uint8_t {
  plain,     // one server, always at the same name
  sentinel,  // `endpoints` are Sentinels, which know where the master is
  cluster,   // `endpoints` are some nodes, each of which knows them all
};

/// Where Redis is and how patient we are with it.
struct Options {
  Mode mode = Mode::plain;
  std::vector<Endpoint> endpoints;  // at least one; exactly one when plain
  std::string master_name;          // sentinel only
  Credentials credentials;
  Credentials sentinel_credentials;  // what the Sentinels themselves ask for
  int database = 0;                  // 0 in a cluster
  bool uses_tls = false;
  std::string ca_file;  // PEM; empty: the system's authorities

  /// From the look-up of the name until the link can carry commands.
  std::chrono::milliseconds connect_timeout{3'000};
  /// The oldest command without an answer may wait this long; then its link is broken.
  std::chrono::milliseconds command_deadline{5'000};
  /// How often each node is asked for a sign of life, and how old the last one may be.
  std::chrono::milliseconds probe_interval{500};
  std::chrono::milliseconds probe_deadline{1'500};
  /// Between attempts to connect: at random from zero to a bound that doubles between these.
  std::chrono::milliseconds backoff_min{50};
  std::chrono::milliseconds backoff_max{2'000};
  /// Bytes of all commands that are unsent, unanswered or held. A command beyond is `not_sent`.
  std::size_t waiting_bytes_max = 64 * 1024 * 1024;
};

}  // namespace weft::redis
