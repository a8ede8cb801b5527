// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/workspace.h"
#include "util/time.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace weft::load {

/// What the generators do at the moment. Only forward.
enum class Phase : std::uint8_t {
  furnish,  // the rooms' keepers put entities on their canvases
  gather,   // people come, some at a time
  play,     // people do what the scenario says; in its middle the window is open
  drain,    // nothing new is due; answers still come
  wake,     // those who had stopped reading read again, to hear what they were told
  leave,    // everybody leaves
  over,     // the threads end
};

/// What the conductor tells its generators. Written by the conductor's thread, read by all.
class Stage {
 public:
  explicit Stage(Instant run_origin) : origin(run_origin) {}

  const Instant origin;

  [[nodiscard]] Phase phase() const { return phase_.load(std::memory_order_acquire); }
  void enter(Phase phase) { phase_.store(phase, std::memory_order_release); }

  /// When people begin, and the window. Set before `play`; its end may be moved forward later. The
  /// window's ends are moved to a whole stamp, so that a deed and its stamp are on the same side.
  void set_times(Instant begin, Window window) {
    begin_ = begin.time_since_epoch().count();
    from_ = whole_stamp(window.from).time_since_epoch().count();
    to_ = whole_stamp(window.to).time_since_epoch().count();
  }
  void close_window(Instant at) { to_ = whole_stamp(at).time_since_epoch().count(); }
  [[nodiscard]] Instant begin() const { return to_instant(begin_); }
  [[nodiscard]] Window window() const { return {to_instant(from_), to_instant(to_)}; }

 private:
  [[nodiscard]] Instant whole_stamp(Instant at) const {
    return origin + std::chrono::duration_cast<std::chrono::microseconds>(at - origin);
  }

  using Ticks = std::atomic<Instant::rep>;
  static Instant to_instant(const Ticks& ticks) {
    return Instant(Instant::duration(ticks.load(std::memory_order_relaxed)));
  }

  std::atomic<Phase> phase_ = Phase::furnish;
  Ticks begin_{0};
  Ticks from_{0};
  Ticks to_{0};
};

/// What a generator shows while it runs. Written by its thread, read by the conductor's.
struct Progress {
  std::atomic<std::uint64_t> furnished{0};  // keepers that are done, or lost
  std::atomic<std::uint64_t> opened{0};     // people whose connection was begun
  std::atomic<std::uint64_t> settled{0};    // people who are in, or lost
  std::atomic<std::uint64_t> here{0};
  std::atomic<std::uint64_t> connected{0};  // sockets that are open
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> heard{0};
  std::atomic<std::uint64_t> unsettled_pushes{0};
};

}  // namespace weft::load
