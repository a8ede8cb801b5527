// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace weft::peers {

/// User and system seconds that these processes have used, all their threads included. A process
/// that is gone throws std::runtime_error: its share would be missing.
[[nodiscard]] double cpu_seconds(const std::vector<pid_t>& processes);

/// Memory of these processes that is resident at present.
[[nodiscard]] std::uint64_t resident_bytes(const std::vector<pid_t>& processes);

}  // namespace weft::peers
