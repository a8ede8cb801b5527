// SPDX-License-Identifier: Apache-2.0
#include "load/report.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace weft::load {
namespace {

/// printf into a string; what does not fit is cut, and nothing here is that long.
template <class... Values>
std::string print(const char* format, Values... values) {
  std::array<char, 160> line;
  const int length = std::snprintf(line.data(), line.size(), format, values...);
  return {line.data(), std::min(static_cast<std::size_t>(length), line.size() - 1)};
}

std::string row(std::string_view name, const std::string& value) {
  return print("  %-26.*s", static_cast<int>(name.size()), name.data()) + value + "\n";
}

/// 1,234,567.
std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string rate(std::uint64_t count, double seconds) {
  const double per_second = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  return grouped(count) + ", " + grouped(static_cast<std::uint64_t>(per_second)) + " a second";
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return {};
  return print(" (%.1f %%)", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string megabytes(std::uint64_t bytes) {
  return print("%.1f MiB", static_cast<double>(bytes) / (1024 * 1024));
}

std::string latencies(std::string_view name, const Histogram& histogram) {
  if (histogram.count() == 0) return {};
  const auto ms = [](std::chrono::nanoseconds value) {
    return std::chrono::duration<double, std::milli>(value).count();
  };
  return row(name, print("%9.2f %9.2f %9.2f %9.2f %9.2f", ms(histogram.percentile(0.5)),
                         ms(histogram.percentile(0.9)), ms(histogram.percentile(0.99)),
                         ms(histogram.percentile(0.999)), ms(histogram.max())));
}

std::string names(std::string_view title, const NameCounts& counts) {
  std::string text;
  for (const auto& [name, times] : counts.all()) {
    text += row(text.empty() ? title : "", grouped(times) + " × " + name);
  }
  return text;
}

std::string latency_table(const Plan& plan, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  std::string rows;
  rows += latencies("move to the others", tally.move_latency);
  rows += latencies("push to its ack", tally.ack_latency);
  rows += latencies("push to the others", tally.push_latency);
  if (plan.scenario == Scenario::join) {
    rows += latencies("to the connection", tally.connect_latency);
    rows += latencies("to welcome", tally.welcome_latency);
    rows += latencies("to the first part", tally.first_part_latency);
    rows += latencies("to the whole document", tally.snapshot_latency);
  }
  if (rows.empty()) return {};
  const std::string head = print("%9s %9s %9s %9s %9s", "p50", "p90", "p99", "p99.9", "max");
  return row("latency, ms", head) + rows;
}

std::string processes(const Plan& plan, const Outcome& outcome) {
  std::string text;
  for (const ProcessUse& use : outcome.processes) {
    const std::string name = use.process.role + " " + std::to_string(use.process.pid);
    const std::optional<double> cpu = use.cpu_seconds();
    if (!cpu) {
      text += row(name, "was not there all the time");
      continue;
    }
    const double share = outcome.window_seconds > 0 ? *cpu / outcome.window_seconds : 0;
    text += row(name, print("%.1f %% of a core, ", 100 * share) +
                          megabytes(use.resident_bytes_max) + " at most");
    if (plan.scenario == Scenario::idle && use.before && outcome.here_at_end > 0) {
      const auto grown = static_cast<double>(use.end->resident_bytes) -
                         static_cast<double>(use.before->resident_bytes);
      text += row("", print("%.2f KiB for each connection",
                            grown / 1024 / static_cast<double>(outcome.here_at_end)));
    }
  }
  for (const std::string_view role : {"server", "redis"}) {
    const auto cost = cpu_us_per_delivery(plan, outcome, role);
    const bool is_join = plan.scenario == Scenario::join;
    if (!cost) continue;
    text += row(std::string(role) + " CPU",
                print("%.3f µs for each ", *cost) + (is_join ? "join" : "delivery"));
  }
  return text;
}

}  // namespace

std::string report_as_text(const Plan& plan, const Outcome& outcome) {
  const Tally& tally = outcome.tally;
  std::string text = std::string(name_of(plan.scenario)) + ": " + grouped(plan.rooms) +
                     (plan.rooms == 1 ? " room of " : " rooms of ") + grouped(plan.people) +
                     print(", %.1f s measured\n", outcome.window_seconds);
  text += row("people", grouped(tally.joined) + " in, " + grouped(outcome.here_at_end) +
                            " at the end, of " + grouped(plan.people_total()));
  if (plan.movers > 0) text += row("movers", grouped(plan.movers) + " of each room");
  if (plan.plane > 0) {
    text += row("views", "nine of " + grouped(plan.plane * plan.plane) + " squares each");
  }
  if (plan.moves()) {
    text += row("moves", rate(tally.moves, outcome.window_seconds));
    text +=
        row("moves heard", grouped(tally.moves_heard) + " of " + grouped(outcome.moves_to_hear) +
                               percent(tally.moves_heard, outcome.moves_to_hear));
  }
  if (plan.pushes()) {
    text += row("pushes", rate(tally.pushes, outcome.window_seconds));
    text += row("acks", grouped(tally.ack_latency.count()) + " of " + grouped(tally.pushes) +
                            percent(tally.ack_latency.count(), tally.pushes));
    text +=
        row("pushes heard", grouped(tally.pushes_heard) + " of " + grouped(outcome.pushes_to_hear) +
                                percent(tally.pushes_heard, outcome.pushes_to_hear));
    if (tally.pushes_held_back > 0) {
      text += row("pushes held back", grouped(tally.pushes_held_back) + ", too many had no ack");
    }
  }
  if (plan.moves() || plan.pushes()) {
    text += row("deliveries", rate(deliveries(plan, tally), outcome.window_seconds));
  }
  text += latency_table(plan, outcome);
  text += processes(plan, outcome);
  text +=
      row("generator",
          print("%.1f %% of a core, sends at most %.1f ms late", 100 * outcome.generator_cpu_share,
                std::chrono::duration<double, std::milli>(tally.lateness.max()).count()));
  text += names("goodbyes", tally.goodbyes);
  text += names("errors", tally.errors);
  for (const std::string& sentence : outcome.notes) text += "note: " + sentence + "\n";
  for (const std::string& reason : generator_limits(outcome)) {
    text += "warning: the generator was the bottleneck. " + reason + "\n";
  }
  return text;
}

}  // namespace weft::load
