// SPDX-License-Identifier: Apache-2.0
#include "load/process_meter.h"

#include <charconv>
#include <ctime>
#include <fstream>
#include <string>
#include <unistd.h>

namespace weft::load {
namespace {

// Fields behind the process's name, counted from 1 as proc(5) does.
constexpr int kFirstField = 3;
constexpr int kUserTicks = 14;
constexpr int kSystemTicks = 15;
constexpr int kResidentPages = 24;

}  // namespace

std::optional<ProcessSample> parse_stat(std::string_view stat, long ticks_per_second,
                                        long page_bytes) {
  // The name stands in parentheses and may hold anything, also parentheses.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  std::int64_t ticks = 0;
  std::int64_t pages = 0;
  for (int field = kFirstField; field <= kResidentPages; ++field) {
    const std::size_t begin = stat.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(begin);
    const std::string_view text = stat.substr(0, stat.find_first_of(" \n"));
    stat.remove_prefix(text.size());
    if (field != kUserTicks && field != kSystemTicks && field != kResidentPages) continue;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    (field == kResidentPages ? pages : ticks) += value;
  }
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return ProcessSample{.cpu = std::chrono::nanoseconds(ticks * (kNanoseconds / ticks_per_second)),
                       .resident_bytes = static_cast<std::uint64_t>(pages * page_bytes)};
}

std::optional<ProcessSample> sample_process(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return parse_stat(line, ::sysconf(_SC_CLK_TCK), ::sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds thread_cpu() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace weft::load
