// SPDX-License-Identifier: Apache-2.0
#include "load/report.h"
#include "protocol/codes.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>

namespace weft::load {
namespace {

using Json = nlohmann::ordered_json;

double microseconds(std::chrono::nanoseconds value) {
  return static_cast<double>(value.count()) / 1000;
}

double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

Json to_json(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"p50", microseconds(histogram.percentile(0.5))},
          {"p90", microseconds(histogram.percentile(0.9))},
          {"p99", microseconds(histogram.percentile(0.99))},
          {"p999", microseconds(histogram.percentile(0.999))},
          {"max", microseconds(histogram.max())}};
}

Json to_json(const NameCounts& counts) {
  Json object = Json::object();
  for (const auto& [name, times] : counts.all()) object[name] = times;
  return object;
}

Json to_json(const ProcessUse& use) {
  Json object = {{"role", use.process.role}, {"pid", use.process.pid}};
  const std::optional<double> cpu = use.cpu_seconds();
  object["cpu_seconds"] = cpu ? Json(rounded(*cpu)) : Json();
  object["resident_bytes_before"] = use.before ? Json(use.before->resident_bytes) : Json();
  object["resident_bytes_begin"] = use.begin ? Json(use.begin->resident_bytes) : Json();
  object["resident_bytes_end"] = use.end ? Json(use.end->resident_bytes) : Json();
  object["resident_bytes_max"] = use.resident_bytes_max;
  return object;
}

Json plan_to_json(const Plan& plan) {
  Json urls = Json::array();
  for (const Target& target : plan.targets) urls.push_back(target.url());
  return {{"urls", urls},
          {"rooms", plan.rooms},
          {"people", plan.people},
          {"movers", plan.movers},
          {"listeners", plan.listeners},
          {"rate", plan.rate},
          {"in_flight", plan.in_flight},
          {"seconds", plan.seconds},
          {"warmup", plan.warmup_seconds},
          {"step_ms", plan.step_ms},
          {"entities", plan.entities},
          {"plane", plan.plane},
          {"stalled_share", plan.scenario == Scenario::stalled ? plan.stalled_share : 0},
          {"threads", plan.threads},
          {"seed", plan.seed},
          {"canvas_prefix", plan.canvas_prefix}};
}

Json acks_to_json(const Tally& tally) {
  constexpr std::string_view kOutcomes[Tally::kOutcomes] = {"commit", "no_effect", "rebased",
                                                            "rejected", "duplicate"};
  Json object = Json::object();
  for (std::size_t i = 0; i < Tally::kOutcomes; ++i) object[kOutcomes[i]] = tally.acks[i];
  return object;
}

}  // namespace

std::string report_as_json(const Plan& plan, const Outcome& outcome, std::string_view version) {
  const Tally& tally = outcome.tally;
  const std::vector<std::string> limits = generator_limits(outcome);
  Json report = {{"scenario", name_of(plan.scenario)},
                 {"weft", version},
                 {"plan", plan_to_json(plan)},
                 {"measured_seconds", rounded(outcome.window_seconds)},
                 {"interrupted", outcome.is_interrupted}};
  report["people"] = {{"wanted", plan.people_total()},
                      {"joined", tally.joined},
                      {"here_at_end", outcome.here_at_end},
                      {"lost", to_json(tally.lost)}};
  if (plan.moves()) {
    report["moves"] = {
        {"sent", tally.moves}, {"heard", tally.moves_heard}, {"to_hear", outcome.moves_to_hear}};
  }
  if (plan.pushes()) {
    report["pushes"] = {{"sent", tally.pushes},
                        {"acks", acks_to_json(tally)},
                        {"heard", tally.pushes_heard},
                        {"to_hear", outcome.pushes_to_hear},
                        {"held_back", tally.pushes_held_back}};
  }
  const std::uint64_t delivered = deliveries(plan, tally);
  report["deliveries"] = delivered;
  report["deliveries_per_second"] =
      outcome.window_seconds > 0
          ? std::round(static_cast<double>(delivered) / outcome.window_seconds)
          : 0;
  Json latency = Json::object();
  if (plan.moves()) latency["move"] = to_json(tally.move_latency);
  if (plan.pushes()) {
    latency["ack"] = to_json(tally.ack_latency);
    latency["push"] = to_json(tally.push_latency);
  }
  if (plan.scenario == Scenario::join) {
    latency["connect"] = to_json(tally.connect_latency);
    latency["welcome"] = to_json(tally.welcome_latency);
    latency["first_part"] = to_json(tally.first_part_latency);
    latency["document"] = to_json(tally.snapshot_latency);
  }
  report["latency_us"] = std::move(latency);
  report["processes"] = Json::array();
  for (const ProcessUse& use : outcome.processes) report["processes"].push_back(to_json(use));
  Json cost = Json::object();
  for (const char* role : {"server", "redis"}) {
    const auto us = cpu_us_per_delivery(plan, outcome, role);
    if (us) cost[role] = rounded(*us);
  }
  report[plan.scenario == Scenario::join ? "cpu_us_per_join" : "cpu_us_per_delivery"] =
      std::move(cost);
  report["goodbyes"] = to_json(tally.goodbyes);
  report["errors"] = to_json(tally.errors);
  report["generator"] = {{"cpu_share", rounded(outcome.generator_cpu_share)},
                         {"sends", tally.sends},
                         {"sends_late", tally.sends_late},
                         {"sends_blocked", tally.sends_blocked},
                         {"lateness_us", to_json(tally.lateness)},
                         {"bytes_in", tally.bytes_in},
                         {"bytes_out", tally.bytes_out}};
  report["generator_limited"] = !limits.empty();
  report["notes"] = outcome.notes;
  for (const std::string& reason : limits) report["notes"].push_back(reason);
  // Sentences of a server are text from outside: what is not UTF-8 is replaced, not thrown over.
  return report.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace weft::load
