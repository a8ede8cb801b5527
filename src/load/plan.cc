// SPDX-License-Identifier: Apache-2.0
#include "load/plan.h"

#include "load/plane.h"
#include "load/push_book.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace weft::load {
namespace {

constexpr std::array<std::pair<Scenario, std::string_view>, 5> kNames = {{
    {Scenario::cursors, "cursors"},
    {Scenario::concepts, "concepts"},
    {Scenario::join, "join"},
    {Scenario::idle, "idle"},
    {Scenario::stalled, "stalled"},
}};

bool is_canvas_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("._~:-").find(c) != std::string_view::npos;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value >= 1 && value <= 65'535;
}

/// 12 and 12.5, not 12.500000.
std::string number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string out_of_range(std::string_view flag, double value, double min, double max) {
  return std::string(flag) + " is " + number(value) + " but must be from " + number(min) + " to " +
         number(max) + ".";
}

/// Also false for what is not a number.
bool is_within(double value, double min, double max) {
  return value >= min && value <= max;
}

}  // namespace

std::string_view name_of(Scenario scenario) {
  for (const auto& [known, name] : kNames) {
    if (known == scenario) return name;
  }
  return {};
}

std::optional<Scenario> parse_scenario(std::string_view name) {
  for (const auto& [scenario, known] : kNames) {
    if (known == name) return scenario;
  }
  return std::nullopt;
}

std::string Target::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + port;
}

Result<Target, std::string> parse_target(std::string_view url) {
  const auto refuse = [url](const std::string& why) {
    return Failure<std::string>("--url is \"" + std::string(url) + "\" but " + why);
  };
  std::string_view rest = url;
  if (rest.starts_with("ws://")) {
    rest.remove_prefix(5);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("wss://") || rest.starts_with("https://")) {
    return refuse("weft bench does not speak TLS: measure the port behind it.");
  } else {
    return refuse("must be ws://HOST:PORT.");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  Target target;
  std::size_t host_end = rest.find(':');
  if (rest.starts_with('[')) {
    const std::size_t bracket = rest.find(']');
    if (bracket == std::string_view::npos) return refuse("its bracket does not close.");
    target.host = rest.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    target.host = rest.substr(0, host_end);
  }
  if (target.host.empty()) return refuse("names no host.");
  if (target.host.find_first_of("/?#@ \r\n\t") != std::string::npos) {
    return refuse("must be ws://HOST:PORT, without a path.");
  }
  const std::string_view behind =
      host_end >= rest.size() ? std::string_view() : rest.substr(host_end);
  if (behind.empty()) {
    target.port = "80";
  } else if (behind.front() == ':' && is_port(behind.substr(1))) {
    target.port = behind.substr(1);
  } else {
    return refuse("its port must be a number from 1 to 65535, without a path behind it.");
  }
  return target;
}

std::string Plan::canvas_of_room(std::size_t room) const {
  return canvas_prefix + "-" + std::to_string(room);
}

std::string Plan::client_of(std::size_t person) const {
  return "bench-" + std::to_string(seed) + "-" + std::to_string(person);
}

std::string_view Plan::token_of(std::size_t person) const {
  if (tokens.empty()) return {};
  return tokens[std::min(person, tokens.size() - 1)];
}

std::size_t Plan::stalled_per_room() const {
  if (scenario != Scenario::stalled) return 0;
  return static_cast<std::size_t>(std::ceil(static_cast<double>(people) * stalled_share));
}

bool Plan::is_stalled(std::size_t person) const {
  return person / rooms < stalled_per_room();  // the first few of each room
}

bool Plan::is_doer(std::size_t person) const {
  if (is_stalled(person)) return false;
  return movers == 0 || person / rooms + movers >= people;  // the last of each room
}

bool Plan::listens(std::size_t person) const {
  if (is_stalled(person)) return false;
  if (listeners == 0) return true;
  const std::size_t place = person / rooms;
  return (place + 1) * listeners / people > place * listeners / people;
}

std::size_t Plan::listeners_per_room() const {
  // Looking at everybody for everybody would take a second for 10,000.
  if (listeners == 0) return people - stalled_per_room();
  std::size_t count = 0;
  for (std::size_t place = 0; place < people; ++place) count += listens(place * rooms) ? 1 : 0;
  return count;
}

std::uint64_t Plan::audience_of(std::size_t person) const {
  if (plane == 0) return listeners_per_room() - (listens(person) ? 1 : 0);
  std::uint64_t audience = 0;
  const std::size_t index = person / rooms;
  const Square home = home_of(index, plane);
  for (std::size_t other = 0; other < people; ++other) {
    if (other != index && listens(other * rooms) && home_of(other, plane).sees(home)) ++audience;
  }
  return audience;
}

std::string check(const Plan& plan) {
  const auto as_double = [](std::size_t value) { return static_cast<double>(value); };
  if (plan.targets.empty() || plan.targets.size() > kTargetsMax) {
    return out_of_range("The number of --url", as_double(plan.targets.size()), 1, kTargetsMax);
  }
  if (!is_within(as_double(plan.rooms), 1, kPeopleTotalMax)) {
    return out_of_range("--rooms", as_double(plan.rooms), 1, kPeopleTotalMax);
  }
  if (!is_within(as_double(plan.people), 1, kPeopleTotalMax)) {
    return out_of_range("--people", as_double(plan.people), 1, kPeopleTotalMax);
  }
  if (plan.people_total() > kPeopleTotalMax) {
    return "--rooms times --people is " + std::to_string(plan.people_total()) +
           " but one generator has at most " + std::to_string(kPeopleTotalMax) + " people.";
  }
  if (plan.movers > 0 && plan.scenario != Scenario::cursors) {
    return "--movers is for the scenario cursors only.";
  }
  if (plan.movers > plan.people) {
    return out_of_range("--movers", as_double(plan.movers), 0, as_double(plan.people));
  }
  if (plan.listeners > 0 && !plan.moves()) {
    return "--listeners is for the scenarios cursors and stalled only.";
  }
  if (plan.listeners > plan.people) {
    return out_of_range("--listeners", as_double(plan.listeners), 0, as_double(plan.people));
  }
  if (plan.in_flight > 0 && !plan.pushes()) {
    return "--in-flight is for the scenario concepts only.";
  }
  if (plan.in_flight > PushBook::kUnsettledMax) {
    return out_of_range("--in-flight", as_double(plan.in_flight), 0, PushBook::kUnsettledMax);
  }
  const double rate_min = 0.001;
  if (!is_within(plan.rate, rate_min, kRateMax)) {
    return out_of_range("--rate", plan.rate, rate_min, kRateMax);
  }
  const double seconds_min = 0.1;
  if (!is_within(plan.seconds, seconds_min, kSecondsMax)) {
    return out_of_range("--seconds", plan.seconds, seconds_min, kSecondsMax);
  }
  if (!is_within(plan.warmup_seconds, 0, kSecondsMax)) {
    return out_of_range("--warmup", plan.warmup_seconds, 0, kSecondsMax);
  }
  if (!is_within(plan.step_ms, 0, kStepMsMax)) {
    return out_of_range("--step-ms", plan.step_ms, 0, kStepMsMax);
  }
  if (plan.entities > kEntitiesMax) {
    return out_of_range("--entities", as_double(plan.entities), 0, kEntitiesMax);
  }
  if (plan.plane > kPlaneMax) {
    return out_of_range("--plane", as_double(plan.plane), 0, kPlaneMax);
  }
  if (!is_within(plan.stalled_share, 0, 1)) {
    return out_of_range("--stalled-share", plan.stalled_share, 0, 1);
  }
  if (!is_within(as_double(plan.threads), 1, kThreadsMax)) {
    return out_of_range("--threads", as_double(plan.threads), 1, kThreadsMax);
  }
  if (plan.canvas_prefix.empty() || plan.canvas_prefix.size() > kPrefixCharsMax ||
      !std::ranges::all_of(plan.canvas_prefix, is_canvas_char)) {
    return "--canvas-prefix is \"" + plan.canvas_prefix + "\" but must have 1 to " +
           std::to_string(kPrefixCharsMax) + " characters of A-Z a-z 0-9 . _ ~ : and -.";
  }
  if (plan.watched.size() > kWatchedMax) {
    return out_of_range("The number of --pid and --redis-pid", as_double(plan.watched.size()), 0,
                        kWatchedMax);
  }
  for (const WatchedProcess& process : plan.watched) {
    if (process.pid < 1) {
      return "--pid is " + std::to_string(process.pid) + " but must be a process of this machine.";
    }
  }
  return {};
}

}  // namespace weft::load
