// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/outcome.h"
#include "load/plan.h"
#include "util/result.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weft::load {

/// How a run stands, once a second.
struct Moment {
  std::string_view doing;  // "coming", "warming up", "measuring" …
  double seconds = 0;      // since that began
  std::uint64_t here = 0;
  std::uint64_t sent_per_second = 0;
  std::uint64_t heard_per_second = 0;
};

/// Runs the plan from the first connection to the last and says what came of it, or in a sentence
/// why nothing did. Takes as long as the plan says and about half a minute for each thing that does
/// not happen: people who do not get in, a storm that does not settle. When `stop` becomes true,
/// it ends with what was measured. Requires: check(plan) is empty.
[[nodiscard]] Result<Outcome, std::string> conduct(const Plan& plan, const std::atomic<bool>& stop,
                                                   const std::function<void(const Moment&)>& tell);

}  // namespace weft::load
