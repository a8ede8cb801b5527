// SPDX-License-Identifier: Apache-2.0
#include "load/outcome.h"

#include <chrono>
#include <cmath>

namespace weft::load {
namespace {

/// A thread that uses more of its core than this has no time to be punctual.
constexpr double kBusyShare = 0.85;
/// More late sends than this, and the percentiles speak of the generator.
constexpr double kLateShare = 0.01;
/// More sends than this that found a full socket.
constexpr double kBlockedShare = 0.001;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double share) {
  const long tenths = std::lround(share * 1000);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

}  // namespace

std::optional<double> ProcessUse::cpu_seconds() const {
  if (!begin || !end) return std::nullopt;
  return std::chrono::duration<double>(end->cpu - begin->cpu).count();
}

std::vector<std::string> generator_limits(const Outcome& outcome) {
  std::vector<std::string> reasons;
  const Tally& tally = outcome.tally;
  if (outcome.generator_cpu_share > kBusyShare) {
    reasons.push_back("This generator used " + percent(outcome.generator_cpu_share) +
                      " of a core: more --threads, or several generators, would ask more.");
  }
  if (const double late = share(tally.sends_late, tally.sends); late > kLateShare) {
    reasons.push_back(percent(late) + " of the sends were more than " +
                      std::to_string(kLate.count()) +
                      " ms late: this machine has too little time for the generator.");
  }
  if (const double blocked = share(tally.sends_blocked, tally.sends); blocked > kBlockedShare) {
    reasons.push_back(percent(blocked) +
                      " of the sends found a full socket: not all arrived when they should have.");
  }
  return reasons;
}

std::uint64_t deliveries(const Plan& plan, const Tally& tally) {
  const std::size_t readers = plan.people - plan.stalled_per_room();
  const std::size_t listeners = plan.listeners_per_room();
  if (listeners == readers || listeners == 0) return tally.deliveries_in_window;
  return static_cast<std::uint64_t>(static_cast<double>(tally.deliveries_in_window) *
                                    static_cast<double>(readers) / static_cast<double>(listeners));
}

std::optional<double> cpu_us_per_delivery(const Plan& plan, const Outcome& outcome,
                                          std::string_view role) {
  const bool is_join = plan.scenario == Scenario::join;
  const std::uint64_t count = is_join ? outcome.tally.joined : deliveries(plan, outcome.tally);
  if (count == 0) return std::nullopt;
  std::optional<double> seconds;
  for (const ProcessUse& use : outcome.processes) {
    if (use.process.role != role) continue;
    const std::optional<double> used = use.cpu_seconds();
    if (!used) return std::nullopt;
    seconds = seconds.value_or(0) + *used;
  }
  if (!seconds) return std::nullopt;
  return *seconds * 1e6 / static_cast<double>(count);
}

bool has_measured(const Plan& plan, const Outcome& outcome) {
  switch (plan.scenario) {
    case Scenario::cursors:
    case Scenario::stalled:
      return outcome.tally.moves > 0;
    case Scenario::concepts:
      return outcome.tally.pushes > 0;
    case Scenario::join:
    case Scenario::idle:
      return outcome.tally.joined > 0;
  }
  return false;
}

std::string explain_losses(const NameCounts& lost) {
  if (lost.all().empty()) return {};
  std::string text;
  for (const auto& [reason, times] : lost.all()) {
    if (!text.empty()) text += "; ";
    text += reason;
    if (times > 1) text += " (" + std::to_string(times) + " times)";
  }
  if (!text.ends_with('.')) text += '.';
  return text;
}

}  // namespace weft::load
