// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <chrono>

namespace weft::runtime {

/// The one place that asks what time it is.
[[nodiscard]] inline Now read_clocks() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return {std::chrono::steady_clock::now(),
          duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

}  // namespace weft::runtime
