// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace weft::load {

/// What a process has used so far.
struct ProcessSample {
  std::chrono::nanoseconds cpu{};  // user and system, of all its threads; in steps of 10 ms
  std::uint64_t resident_bytes = 0;
};

/// Reads /proc; nothing when there is no such process (any more).
[[nodiscard]] std::optional<ProcessSample> sample_process(pid_t pid);

/// The numbers in the text of /proc/PID/stat; nothing when it is not such a text.
[[nodiscard]] std::optional<ProcessSample> parse_stat(std::string_view stat, long ticks_per_second,
                                                      long page_bytes);

/// Processor time of the calling thread.
[[nodiscard]] std::chrono::nanoseconds thread_cpu();

}  // namespace weft::load
