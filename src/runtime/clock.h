// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <chrono>
#include <ctime>

namespace weft::runtime {

/// The one place that asks what time it is.
[[nodiscard]] inline Now read_clocks() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return {std::chrono::steady_clock::now(),
          duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

/// The processor's time that the calling thread has used.
[[nodiscard]] inline std::chrono::nanoseconds read_thread_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace weft::runtime
