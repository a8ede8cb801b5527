// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deliveries.h"
#include "options.h"
#include "person.h"
#include "util/bytes.h"
#include "wire.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::peers {

/// What a run has shown.
struct Outcome {
  /// Deeds that were due in the window, and those of them that could not be sent because the
  /// server had stopped reading.
  std::uint64_t due = 0;
  std::uint64_t held_back = 0;
  std::uint64_t delivered = 0;
  /// Connections that the server ended.
  std::uint32_t lost = 0;
  std::uint32_t p50_us = 0;
  std::uint32_t p99_us = 0;
  double wall_seconds = 0;
  double server_cpu_seconds = 0;
  double generator_cpu_seconds = 0;
  /// Memory of the server before the first connection and at the end.
  std::uint64_t resident_before = 0;
  std::uint64_t resident_after = 0;
};

/// Plays all people of a run on one thread: connects everyone, lets them act at an even pace for
/// the warm-up and the counted window, whatever comes back. Throws std::runtime_error when not
/// everybody could join within kJoinTimeMax.
class Generator {
 public:
  Generator(const Options& options, Wire& wire);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  [[nodiscard]] Outcome run();

 private:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds kJoinTimeMax{60};
  /// Connections on their way at a time: more would only wait in the listener's queue.
  static constexpr std::size_t kJoiningMax = 32;
  /// Unsent bytes of one person; a server that leaves so much unread has stopped reading.
  static constexpr std::size_t kUnsentBytesMax = 64 * 1024;
  /// The largest frame that a server may send.
  static constexpr std::size_t kScratchBytes = 4 * 1024 * 1024;

  struct Link {
    Person person;
    int socket = -1;
    bool listens = true;  // what it hears is looked at
    bool is_upgraded = false;
    bool wants_writable = false;
    Bytes unsent;
    Bytes part;  // of a frame, or of the upgrade's answer
  };

  void join_all();
  void connect(Link& link);
  void pause(std::chrono::nanoseconds time);
  /// Handles what is ready; waits for it until `deadline` at most.
  void turn(Clock::time_point deadline);
  void act_until(Clock::time_point end);
  void read(Link& link);
  [[nodiscard]] std::size_t take_upgrade(Link& link, ByteView input);
  [[nodiscard]] std::size_t take_frames(Link& link, ByteView input);
  void flush(Link& link);
  void watch_writable(Link& link, bool wants_writable);
  void lose(Link& link);
  [[nodiscard]] static std::uint32_t stamp_now();

  const Options& options_;
  Wire& wire_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<char> scratch_;
  Deliveries deliveries_;
  Outcome outcome_;
  std::size_t joined_ = 0;
  // Who acts next, and when; all act in turn, rooms mixed, so that the pace is even.
  std::size_t next_ = 0;
  Clock::time_point next_time_;
  bool is_counting_ = false;
};

}  // namespace weft::peers
