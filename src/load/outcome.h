// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/plan.h"
#include "load/process_meter.h"
#include "load/tally.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::load {

/// What a watched process used during a run.
struct ProcessUse {
  WatchedProcess process;
  std::optional<ProcessSample> before;  // anybody came
  std::optional<ProcessSample> begin;   // of the window
  std::optional<ProcessSample> end;     // of the window; of a join storm when all were in
  std::uint64_t resident_bytes_max = 0;

  /// Processor seconds in the window; nothing when the process was not there all the time.
  [[nodiscard]] std::optional<double> cpu_seconds() const;
};

/// Everything that a run has found out.
struct Outcome {
  Tally tally;
  double window_seconds = 0;  // as it was, if it ended early
  std::uint64_t here_at_end = 0;
  double generator_cpu_share = 0;  // of one core, the busiest thread
  std::vector<ProcessUse> processes;
  bool is_interrupted = false;
  std::vector<std::string> notes;  // sentences about what did not go as planned

  /// How many times somebody else could have heard a counted move; those that merge within a tick
  /// are not told (S3). 0 for scenarios without moves.
  std::uint64_t moves_to_hear = 0;
  /// The same for pushes, all of which must be told.
  std::uint64_t pushes_to_hear = 0;
};

/// Others' moves and pushes, and acks, that arrived in the window. Where only some listen, what the
/// others were sent is reckoned from what these heard.
[[nodiscard]] std::uint64_t deliveries(const Plan& plan, const Tally& tally);

/// Sentences that say why this generator, and not the server, set the figures; empty when it did
/// not.
[[nodiscard]] std::vector<std::string> generator_limits(const Outcome& outcome);

/// What the processes of a role used for each delivery (of a join storm: for each person who got
/// in), in microseconds. Nothing when it was not measured.
[[nodiscard]] std::optional<double> cpu_us_per_delivery(const Plan& plan, const Outcome& outcome,
                                                        std::string_view role);

/// Whether anything was measured at all.
[[nodiscard]] bool has_measured(const Plan& plan, const Outcome& outcome);

/// "Nobody got in: Connection refused (100 times)." from what was lost.
[[nodiscard]] std::string explain_losses(const NameCounts& lost);

}  // namespace weft::load
