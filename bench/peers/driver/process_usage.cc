// SPDX-License-Identifier: Apache-2.0
#include "process_usage.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace weft::peers {
namespace {

// Fields of /proc/PID/stat, counted from the one behind the name in brackets (proc(5)).
constexpr int kUserTicks = 11;
constexpr int kSystemTicks = 12;
constexpr int kResidentPages = 21;

std::vector<std::uint64_t> stat_fields(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/stat";
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(") ");
  if (name_end == std::string::npos) {
    throw std::runtime_error(path + " cannot be read: the server has ended");
  }
  std::istringstream words(line.substr(name_end + 2));
  std::vector<std::uint64_t> fields;
  for (std::string word; words >> word;) {
    // The first is a letter, and a few may be negative; none of those is asked for.
    fields.push_back(std::isdigit(static_cast<unsigned char>(word[0])) != 0 ? std::stoull(word)
                                                                            : 0);
  }
  if (fields.size() <= static_cast<std::size_t>(kResidentPages)) {
    throw std::runtime_error(path + " is shorter than expected");
  }
  return fields;
}

}  // namespace

double cpu_seconds(const std::vector<pid_t>& processes) {
  std::uint64_t ticks = 0;
  for (const pid_t process : processes) {
    const auto fields = stat_fields(process);
    ticks += fields[kUserTicks] + fields[kSystemTicks];
  }
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t resident_bytes(const std::vector<pid_t>& processes) {
  std::uint64_t pages = 0;
  for (const pid_t process : processes) pages += stat_fields(process)[kResidentPages];
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace weft::peers
