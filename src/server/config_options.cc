// SPDX-License-Identifier: Apache-2.0
#include "server/config_options.h"

#include "redis/url.h"
#include "server/without_password.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace weft::server {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;
constexpr std::array<std::string_view, 6> kLogLevels = {"trace", "debug", "info",
                                                        "warn",  "error", "off"};

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <auto Member>
Option number(std::string_view stem, std::string_view help, std::uint64_t min, std::uint64_t max) {
  using Value = std::remove_reference_t<decltype(std::declval<Config&>().*Member)>;
  Option option{stem, "N", help, OptionKind::number, {}, {}, {}};
  option.allowed = "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  option.set = [min, max](Config& config, std::string_view text) {
    const auto value = parse_number<std::uint64_t>(text);
    if (!value || *value < min || *value > max) return false;
    config.*Member = static_cast<Value>(*value);
    return true;
  };
  option.get = [](const Config& config) { return std::to_string(config.*Member); };
  return option;
}

/// Milliseconds as seconds, without digits that say nothing.
std::string format_seconds(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  const auto rest = time.count() % 1000;
  if (rest == 0) return text;
  std::string digits = std::to_string(1000 + rest).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + "." + digits;
}

template <std::chrono::milliseconds Config::* Member>
Option seconds(std::string_view stem, std::string_view help, int max) {
  Option option{stem, "SECONDS", help, OptionKind::seconds, {}, {}, {}};
  option.allowed = "a number of seconds from 0 to " + std::to_string(max);
  option.set = [max](Config& config, std::string_view text) {
    const auto value = parse_number<double>(text);
    if (!value || !(*value >= 0 && *value <= max)) return false;
    config.*Member = std::chrono::milliseconds(std::llround(*value * 1000));
    return true;
  };
  option.get = [](const Config& config) { return format_seconds(config.*Member); };
  return option;
}

template <bool Config::* Member>
Option flag(std::string_view stem, std::string_view help) {
  Option option{stem, "BOOL", help, OptionKind::flag, "true or false", {}, {}};
  option.set = [](Config& config, std::string_view text) {
    if (text != "true" && text != "false") return false;
    config.*Member = text == "true";
    return true;
  };
  option.get = [](const Config& config) { return std::string(config.*Member ? "true" : "false"); };
  return option;
}

template <std::string Config::* Member>
Option text(std::string_view stem, std::string_view value_name, std::string_view help,
            std::string_view allowed, bool (*is_allowed)(std::string_view)) {
  Option option{stem, value_name, help, OptionKind::text, std::string(allowed), {}, {}};
  option.set = [is_allowed](Config& config, std::string_view value) {
    if (!is_allowed(value)) return false;
    config.*Member = value;
    return true;
  };
  option.get = [](const Config& config) { return config.*Member; };
  return option;
}

bool set_listen(Config& config, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return false;  // an IPv6 address needs brackets
  }
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (host.empty() || !port) return false;
  config.host = host;
  config.port = *port;
  return true;
}

std::string get_listen(const Config& config) {
  const std::string host = config.host.contains(':') ? "[" + config.host + "]" : config.host;
  return host + ":" + std::to_string(config.port);
}

/// "*", "null", or what a browser sends: scheme://host[:port].
bool is_origin(std::string_view text) {
  if (text == "*" || text == "null") return true;
  const std::size_t colon = text.find("://");
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string_view authority = text.substr(colon + 3);
  return !authority.empty() && authority.find_first_of("/?#@ ") == std::string_view::npos;
}

bool set_origins(Config& config, std::string_view text) {
  std::vector<std::string> origins;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (!is_origin(text.substr(0, comma))) return false;
    origins.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  config.origins = std::move(origins);
  return true;
}

std::string get_origins(const Config& config) {
  std::string text;
  for (const std::string& origin : config.origins) {
    if (!text.empty()) text += ',';
    text += origin;
  }
  return text;
}

bool is_not_empty(std::string_view value) {
  return !value.empty();
}
bool is_anything(std::string_view) {
  return true;
}
bool is_postgres_url(std::string_view value) {
  return value.empty() || value.starts_with("postgresql://") || value.starts_with("postgres://");
}
bool is_ack(std::string_view value) {
  return value == "redis" || value == "store";
}
bool is_redis_url(std::string_view value) {
  return value.empty() || redis::parse_url(value).has_value();
}
bool is_log_level(std::string_view value) {
  return std::ranges::find(kLogLevels, value) != kLogLevels.end();
}

std::vector<Option> make_options() {
  std::vector<Option> options;
  options.push_back(
      {"listen", "HOST:PORT", "Address to listen on; port 0 takes a free one", OptionKind::text,
       "HOST:PORT, an IPv6 host in brackets, the port at most 65535", set_listen, get_listen});
  options.push_back(text<&Config::data_dir>(
      "data", "DIR", "Folder of the database; :memory: keeps nothing", "a folder", is_not_empty));
  options.push_back(text<&Config::auth_key_file>(
      "auth-key", "FILE",
      "Key that tokens are verified with; without one: development mode, on loopback only",
      "a file", is_anything));
  options.push_back({"origin", "ORIGIN",
                     "Origin of pages that may use this server besides its own; may be repeated",
                     OptionKind::list, "origins like https://example.com, or *, or null",
                     set_origins, get_origins});
  options.push_back(
      number<&Config::shards>("shards", "Threads that rooms live on; 0: one per core", 0, 256));
  options.push_back(flag<&Config::compression>(
      "compression", "Compress what is large for clients that can read it (permessage-deflate)"));
  options.push_back(text<&Config::log_level>("log-level", "LEVEL", "Least important line logged",
                                             "trace, debug, info, warn, error or off",
                                             is_log_level));
  options.push_back(flag<&Config::log_json>("log-json", "Log JSON lines instead of text"));

  Option redis_url = text<&Config::redis>(
      "redis", "URL", "Redis that joins instances, e.g. redis://:password@host:6379/0",
      "a URL like redis://[user:password@]host[:port][/db], rediss://…, redis+sentinel://host,host/"
      "name or redis+cluster://host,host",
      is_redis_url);
  redis_url.get = [](const Config& config) { return without_password(config.redis); };
  options.push_back(std::move(redis_url));
  options.push_back(text<&Config::redis_ca_file>(
      "redis-ca", "FILE",
      "Certificates that Redis is verified with over TLS; without: the system's", "a file",
      is_anything));
  options.push_back(seconds<&Config::redis_settle>(
      "redis-settle-seconds",
      "How long a Redis that has just started waits for what it lost, before canvases are new",
      600));
  Option postgres = text<&Config::postgres>(
      "postgres", "URL", "PostgreSQL behind Redis, e.g. postgresql://user@host/db",
      "a URL that begins with postgresql:// or postgres://", is_postgres_url);
  postgres.get = [](const Config& config) { return without_password(config.postgres); };
  options.push_back(std::move(postgres));
  options.push_back(text<&Config::ack>(
      "ack", "WHERE", "What acknowledged means: kept by redis, or by the store behind it too",
      "redis or store", is_ack));

  options.push_back(flag<&Config::presence_persist>(
      "presence-persist", "Keep each user's last presence and the time in the database"));
  options.push_back(seconds<&Config::presence_grace>(
      "presence-grace-seconds", "How long somebody whose link broke stays present", 3600));
  options.push_back(seconds<&Config::drain_window>(
      "drain-seconds", "Over which goodbyes are spread when the server is stopped", 3600));

  options.push_back(number<&Config::frame_bytes_max>(
      "frame-bytes-max", "Bytes of one message from a client", 16 * kKiB, 64 * kMiB));
  options.push_back(number<&Config::outbox_bytes_max>(
      "outbox-bytes-max", "Bytes that may wait for a slow reader", 64 * kKiB, 1024 * kMiB));
  options.push_back(
      number<&Config::sessions_max>("sessions-max", "Sessions of this instance", 1, 10'000'000));
  options.push_back(number<&Config::sessions_per_canvas_max>(
      "sessions-per-canvas-max", "Sessions of one canvas", 1, 1'000'000));
  options.push_back(number<&Config::presence_bytes_max>(
      "presence-bytes-max", "Bytes of one session's presence", 64, 64 * kKiB));
  options.push_back(number<&Config::event_bytes_max>("event-bytes-max",
                                                     "Bytes of an event's payload", 64, 16 * kMiB));
  options.push_back(number<&Config::cursors_per_second>(
      "cursors-per-second", "Cursor messages of one session", 1, 1'000));
  options.push_back(number<&Config::pushes_per_second>("pushes-per-second", "Pushes of one session",
                                                       1, 1'000'000));
  options.push_back(number<&Config::events_per_second>("events-per-second", "Events of one session",
                                                       1, 1'000'000));
  options.push_back(number<&Config::presence_per_second>(
      "presence-per-second", "Presence patches of one session", 1, 1'000'000));
  options.push_back(number<&Config::accepts_per_second>(
      "accepts-per-second", "Connections accepted; more wait in the kernel", 1, 1'000'000));
  return options;
}

std::string spelled(std::string_view prefix, std::string_view stem, bool upper) {
  std::string name(prefix);
  for (const char c : stem) {
    if (c == '-') {
      name += '_';
    } else {
      name += upper ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

}  // namespace

std::string Option::flag() const {
  return "--" + std::string(stem);
}
std::string Option::variable() const {
  return spelled("WEFT_", stem, true);
}
std::string Option::toml_key() const {
  return spelled("", stem, false);
}

std::span<const Option> config_options() {
  static const std::vector<Option> options = make_options();
  return options;
}

}  // namespace weft::server
