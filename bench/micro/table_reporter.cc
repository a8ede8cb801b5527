// SPDX-License-Identifier: Apache-2.0
#include "micro/table_reporter.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace weft::bench {
namespace {

constexpr const char* kItemSeconds = "seconds_per_item";

using Run = benchmark::BenchmarkReporter::Run;

double seconds_of(const Run* run) {
  return run->counters.at(kItemSeconds).value;
}

/// Without what Google Benchmark adds about threads and clocks.
std::string name_of(const Run& run) {
  const auto& name = run.run_name;
  return name.args.empty() ? name.function_name : name.function_name + "/" + name.args;
}

/// Three figures and a unit: 31.2 ns.
std::string duration(double seconds) {
  constexpr std::array kUnits = {"ns", "µs", "ms", "s"};
  double value = seconds * 1e9;
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  char text[32];
  std::snprintf(text, sizeof(text), "%.*f %s",
                value < 10    ? 2
                : value < 100 ? 1
                              : 0,
                value, kUnits[unit]);
  return text;
}

std::string rate(double per_second) {
  char text[32];
  if (per_second >= 1e6) {
    std::snprintf(text, sizeof(text), "%.1f million", per_second / 1e6);
  } else {
    std::snprintf(text, sizeof(text), "%.0f", per_second);
  }
  return text;
}

/// Spaces up to `columns`. A µ has two bytes and takes one column.
std::string padding(const std::string& text, std::size_t columns) {
  const auto wide = static_cast<std::size_t>(std::ranges::count(text, '\xc2'));
  const std::size_t used = text.size() - wide;
  return std::string(used < columns ? columns - used : 0, ' ');
}
std::string padded_left(const std::string& text, std::size_t columns) {
  return padding(text, columns) + text;
}
std::string padded_right(const std::string& text, std::size_t columns) {
  return text + padding(text, columns);
}

/// Counters beyond the item's time, as "value name".
std::string others(const benchmark::UserCounters& counters) {
  std::string text;
  for (const auto& [name, counter] : counters) {
    if (name == kItemSeconds) continue;
    char piece[64];
    std::snprintf(piece, sizeof(piece), "; %.3g %s", counter.value, name.c_str());
    text += piece;
  }
  return text;
}

}  // namespace

void report_items(benchmark::State& state, std::int64_t items, const std::string& item) {
  using benchmark::Counter;
  state.counters[kItemSeconds] =
      Counter(static_cast<double>(items), Counter::kIsRate | Counter::kInvert);
  state.SetLabel(item);
}

bool TableReporter::ReportContext(const Context&) {
  std::printf("| %-24s | %-9s | %-54s | %-14s | %s\n", "workload", "median", "for each",
              "in a second", "least to most |");
  std::printf("|%s|%s|%s|%s|%s\n", std::string(26, '-').c_str(),
              (std::string(10, '-') + ":").c_str(), std::string(56, '-').c_str(),
              (std::string(15, '-') + ":").c_str(), "---|");
  return true;
}

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  std::vector<const Run*> repetitions;
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    if (run.error_occurred) {
      std::printf("| %s | failed: %s |\n", name_of(run).c_str(), run.error_message.c_str());
      has_errors_ = true;
      return;
    }
    repetitions.push_back(&run);
  }
  if (repetitions.empty()) return;  // the aggregates of what has been printed
  std::ranges::sort(repetitions, {}, seconds_of);
  const Run& median = *repetitions[repetitions.size() / 2];
  const std::string item = median.report_label + others(median.counters);
  std::printf("| %-24s | %s | %s | %14s | %s to %s |\n", name_of(median).c_str(),
              padded_left(duration(seconds_of(&median)), 9).c_str(), padded_right(item, 54).c_str(),
              rate(1 / seconds_of(&median)).c_str(),
              duration(seconds_of(repetitions.front())).c_str(),
              duration(seconds_of(repetitions.back())).c_str());
  std::fflush(stdout);
}

}  // namespace weft::bench
