// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <string>
#include <sys/utsname.h>
#include <unistd.h>

namespace weft::bench {

/// The line of a /proc file that begins with `key`, without key and colon.
inline std::string proc_value(const char* file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const auto begin = line.find_first_not_of(" \t:", key.size());
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "unknown";
}

/// What a figure is worth nothing without. The load is what else was running at the start.
inline std::string describe_machine() {
  utsname system{};
  uname(&system);
  double load[1] = {0};
  if (getloadavg(load, 1) != 1) load[0] = -1;
  return "processor  " + proc_value("/proc/cpuinfo", "model name") + ", " +
         std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) + " cores\n" + "kernel     " +
         system.sysname + " " + system.release + "\n" + "compiler   g++ " + __VERSION__ + "\n" +
         "load       " + std::to_string(load[0]).substr(0, 4) + " before the start\n\n";
}

}  // namespace weft::bench
