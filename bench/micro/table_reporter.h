// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::bench {

/// Says what a workload has done: `items` of a thing that has the name `item`. Call it after the
/// loop.
void report_items(benchmark::State& state, std::int64_t items, const std::string& item);

/// Prints a Markdown table with one row for each workload: the median of its repetitions by the
/// item, and how far they lie apart. Time is the processor's, but for workloads that wait.
class TableReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  [[nodiscard]] bool has_errors() const { return has_errors_; }

 private:
  bool has_errors_ = false;
};

}  // namespace weft::bench
