// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/histogram.h"
#include "protocol/codes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace weft::load {

/// How often each of a few names came. What comes after kNamesMax different ones is counted
/// together: some names are a server's sentences.
class NameCounts {
 public:
  static constexpr std::size_t kNamesMax = 64;
  static constexpr std::size_t kNameBytesMax = 200;
  static constexpr std::string_view kOthers = "others";

  void add(std::string_view name, std::uint64_t times = 1);
  void merge(const NameCounts& other);
  [[nodiscard]] std::uint64_t of(std::string_view name) const;
  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& all() const {
    return counts_;
  }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

/// What one generator thread has counted; merged when all have ended. "Counted" deeds are those
/// whose moment in the schedule lies in the measured window.
struct Tally {
  static constexpr std::size_t kOutcomes = 5;

  // People.
  std::uint64_t joined = 0;  // got in: welcome and the whole document
  NameCounts lost;           // did not get in, or whose connection ended; by reason
  NameCounts goodbyes;       // by the name of the code
  NameCounts errors;         // messages of kind 9 and rejections, by name

  // Counted moves and what became of them.
  std::uint64_t moves = 0;
  std::uint64_t moves_to_hear = 0;  // times a listener that is somebody else is to hear one
  std::uint64_t moves_heard = 0;    // by such a listener
  // Counted pushes and what became of them.
  std::uint64_t pushes = 0;
  std::array<std::uint64_t, kOutcomes> acks{};  // by outcome
  std::uint64_t pushes_heard = 0;               // by somebody else
  std::uint64_t pushes_held_back = 0;           // too many had no ack yet
  /// Others' moves and pushes, and acks, that arrived while the window was open, whenever they were
  /// sent: what the processor time of the window is divided by.
  std::uint64_t deliveries_in_window = 0;

  // The generator itself, in the window.
  std::uint64_t sends = 0;
  std::uint64_t sends_late = 0;     // more than kLate after their moment
  std::uint64_t sends_blocked = 0;  // the socket was full
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;

  // From the moment in the schedule.
  Histogram move_latency;
  Histogram ack_latency;
  Histogram push_latency;  // to the others
  Histogram connect_latency;
  Histogram welcome_latency;
  Histogram first_part_latency;
  Histogram snapshot_latency;
  Histogram lateness;  // of our own sends

  void merge(const Tally& other);
};

/// Later than this a send counts as late: a tick of a quick room is 16 ms.
inline constexpr std::chrono::milliseconds kLate{5};

}  // namespace weft::load
