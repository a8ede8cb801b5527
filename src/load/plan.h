// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace weft::load {

/// What the people of a run do.
enum class Scenario : std::uint8_t {
  cursors,   // everybody moves
  concepts,  // everybody pushes, and waits for acks
  join,      // everybody comes within the window
  idle,      // everybody is just there
  stalled,   // everybody moves but for some, who stop reading
};

[[nodiscard]] std::string_view name_of(Scenario scenario);
[[nodiscard]] std::optional<Scenario> parse_scenario(std::string_view name);

/// One server to connect to.
struct Target {
  std::string host;  // name or address, without brackets
  std::string port;
  [[nodiscard]] std::string authority() const;  // as it stands in a URL and in Host
  [[nodiscard]] std::string url() const { return "ws://" + authority(); }
};

/// ws://HOST[:PORT] or http://HOST[:PORT]; or a sentence that says what is wrong.
[[nodiscard]] Result<Target, std::string> parse_target(std::string_view url);

/// A process of this machine whose CPU time and memory are read.
struct WatchedProcess {
  std::string role;  // "server", "redis"
  pid_t pid = 0;
};

// Bounds of a run, so that a slip of the finger does not fill a machine.
inline constexpr std::size_t kPeopleTotalMax = 100'000;
inline constexpr double kRateMax = 1'000;
inline constexpr double kSecondsMax = 3'600;
inline constexpr std::size_t kThreadsMax = 64;
inline constexpr std::size_t kEntitiesMax = 50'000;
inline constexpr std::size_t kTargetsMax = 64;
inline constexpr std::size_t kWatchedMax = 64;
/// Leaves room for "-99999" behind it within a canvas id's 128 characters.
inline constexpr std::size_t kPrefixCharsMax = 64;
inline constexpr double kStepMsMax = 1'000;

/// Everything that a run is made of. The same plan sends the same.
struct Plan {
  Scenario scenario = Scenario::cursors;
  std::vector<Target> targets;
  std::size_t rooms = 1;
  std::size_t people = 100;  // in each room
  std::size_t movers = 0;    // in each room, of `cursors`; 0: everybody
  /// In each room, of moving scenarios: whose hearing is counted; 0: everybody. The others take all
  /// bytes off their sockets but do not look at the cursors in them.
  std::size_t listeners = 0;
  double rate = 20;           // deeds a second of each person
  std::size_t in_flight = 0;  // of `concepts`: as many pushes without an ack; 0: by the rate
  double seconds = 5;         // measured; of `join`, the window
  double warmup_seconds = 1.5;
  double step_ms = 0;        // deeds are sent together every so often; 0: each at its time
  std::size_t entities = 0;  // on each canvas before people come
  /// People live on so many squares across and down and say that they see those around their own;
  /// 0: they say nothing of what they see.
  std::size_t plane = 0;
  double stalled_share = 0.1;  // of `stalled`: those who stop reading
  std::size_t threads = 1;
  std::uint64_t seed = 1;
  std::string canvas_prefix = "bench";
  std::vector<std::string> tokens;  // none, one for all, or one a person (and one a room's keeper)
  std::vector<WatchedProcess> watched;

  [[nodiscard]] std::size_t people_total() const { return rooms * people; }
  [[nodiscard]] std::string canvas_of_room(std::size_t room) const;
  [[nodiscard]] std::size_t room_of(std::size_t person) const { return person % rooms; }
  /// Each room's people are spread over all targets.
  [[nodiscard]] std::size_t target_of(std::size_t person) const {
    return (person / rooms + person % rooms) % targets.size();
  }
  /// Unique among generators that run with other seeds.
  [[nodiscard]] std::string client_of(std::size_t person) const;
  [[nodiscard]] std::string_view token_of(std::size_t person) const;
  [[nodiscard]] bool is_stalled(std::size_t person) const;
  /// Does what the scenario says; the others are viewers.
  [[nodiscard]] bool is_doer(std::size_t person) const;
  /// Listeners are spread evenly over a room's people, movers or not.
  [[nodiscard]] bool listens(std::size_t person) const;
  [[nodiscard]] std::size_t stalled_per_room() const;
  /// Listeners of a room that do not stall.
  [[nodiscard]] std::size_t listeners_per_room() const;
  /// How many listeners other than the person itself see what it does.
  [[nodiscard]] std::uint64_t audience_of(std::size_t person) const;
  [[nodiscard]] bool moves() const {
    return scenario == Scenario::cursors || scenario == Scenario::stalled;
  }
  [[nodiscard]] bool pushes() const { return scenario == Scenario::concepts; }
};

/// A sentence about the first thing that cannot be run; empty when all is well.
[[nodiscard]] std::string check(const Plan& plan);

}  // namespace weft::load
