// SPDX-License-Identifier: Apache-2.0
#include "server/bench_command.h"

#include "connection/jwt.h"
#include "load/conductor.h"
#include "load/report.h"
#include "server/exit_status.h"
#include "server/key_file.h"
#include "server/nearest_word.h"
#include "server/text_file.h"
#include "server/token_command.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace weft::server {
namespace {

constexpr std::string_view kDefaultUrl = "ws://127.0.0.1:8080";

std::atomic<bool> stop_wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

extern "C" void want_stop(int /*signal*/) {
  stop_wanted = true;
}

void complain(const std::string& sentence) {
  std::fprintf(stderr, "weft: %s\n", sentence.c_str());
}

Result<load::Scenario, std::string> scenario_of(const std::string& name) {
  if (const auto scenario = load::parse_scenario(name)) return *scenario;
  const std::vector<std::string> known = {"cursors", "concepts", "join", "idle", "stalled"};
  return Failure<std::string>("There is no scenario " + name + "; the nearest is " +
                              nearest_word(name, known) + ".");
}

/// The token itself, or the first line of the file of that name.
Result<std::string, std::string> read_token(const std::string& text_or_file) {
  const auto file = read_text_file(text_or_file, connection::kMaxTokenBytes + 1);
  if (!file) return text_or_file;
  std::string token = file->text.substr(0, file->text.find_first_of("\r\n"));
  if (token.empty()) {
    return Failure<std::string>("The token file " + text_or_file +
                                " has nothing in its first line.");
  }
  return token;
}

/// A token for each person and for each room's keeper, good on the plan's canvases.
Result<std::vector<std::string>, std::string> mint_tokens(const load::Plan& plan,
                                                          const std::string& key_file,
                                                          WallMs now_ms) {
  const auto file = read_key_file(key_file);
  if (!file) return Failure<std::string>(file.error());
  const connection::Key* key = file->keys.signing_key();
  if (key == nullptr) {
    return Failure<std::string>("The key file " + key_file +
                                " has public keys only; a token is made with the secret or the "
                                "private key.");
  }
  connection::Claims claims;
  claims.canvases = {{plan.canvas_prefix + "-*", connection::Role::edit}};
  claims.expires_ms = (now_ms / 1000 + kTokenSecondsDefault) * 1000;
  const std::size_t keepers = plan.entities > 0 ? plan.rooms : 0;
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < plan.people_total() + keepers; ++i) {
    claims.user = plan.client_of(i);
    claims.name = claims.user;
    auto token = connection::mint_jwt(claims, *key);
    if (!token) return Failure<std::string>(std::string(connection::explain(token.error())));
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

void end_early_on_signals() {
  struct sigaction action{};
  action.sa_handler = want_stop;
  action.sa_flags = SA_RESETHAND;  // a second signal ends the process
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

void tell(const load::Moment& moment) {
  std::fprintf(stderr, "%-10.*s %4.0f s  %6llu here  %9llu sent/s  %11llu heard/s\n",
               static_cast<int>(moment.doing.size()), moment.doing.data(), moment.seconds,
               static_cast<unsigned long long>(moment.here),
               static_cast<unsigned long long>(moment.sent_per_second),
               static_cast<unsigned long long>(moment.heard_per_second));
}

}  // namespace

Result<load::Plan, std::string> make_plan(const BenchCommand& command, WallMs now_ms) {
  load::Plan plan = command.plan;
  const auto scenario = scenario_of(command.scenario);
  if (!scenario) return Failure<std::string>(scenario.error());
  plan.scenario = *scenario;
  const bool is_join = plan.scenario == load::Scenario::join;
  const bool is_quiet = is_join || plan.scenario == load::Scenario::idle;
  plan.rate = command.rate.value_or(plan.pushes() ? 2 : 20);
  plan.warmup_seconds = command.warmup_seconds.value_or(is_quiet ? 0 : 1.5);
  plan.entities = command.entities.value_or(is_join ? 1000 : 0);
  for (const pid_t pid : command.server_pids) plan.watched.push_back({"server", pid});
  for (const pid_t pid : command.redis_pids) plan.watched.push_back({"redis", pid});

  std::vector<std::string> urls = command.urls;
  if (urls.empty()) urls.emplace_back(kDefaultUrl);
  for (const std::string& url : urls) {
    auto target = load::parse_target(url);
    if (!target) return Failure<std::string>(std::move(target.error()));
    plan.targets.push_back(std::move(*target));
  }
  if (std::string problem = load::check(plan); !problem.empty()) {
    return Failure<std::string>(std::move(problem));
  }

  if (!command.token.empty() && !command.key_file.empty()) {
    return Failure<std::string>("Give --token or --auth-key, not both.");
  }
  if (!command.token.empty()) {
    auto token = read_token(command.token);
    if (!token) return Failure<std::string>(std::move(token.error()));
    plan.tokens = {std::move(*token)};
  }
  if (!command.key_file.empty()) {
    auto tokens = mint_tokens(plan, command.key_file, now_ms);
    if (!tokens) return Failure<std::string>(std::move(tokens.error()));
    plan.tokens = std::move(*tokens);
  }
  return plan;
}

int bench(const BenchCommand& command) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto plan =
      make_plan(command, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  if (!plan) {
    complain(plan.error());
    return kExitUsage;
  }
  end_early_on_signals();
  const bool tells = command.progress || ::isatty(STDERR_FILENO) != 0;
  const auto outcome = load::conduct(*plan, stop_wanted, [tells](const load::Moment& moment) {
    if (tells) tell(moment);
  });
  if (!outcome) {
    complain(outcome.error());
    return kExitFailed;
  }
  if (command.json) {  // the table says it itself
    for (const std::string& reason : load::generator_limits(*outcome)) {
      complain("the generator was the bottleneck. " + reason);
    }
  }
  const std::string report = command.json ? load::report_as_json(*plan, *outcome, WEFT_VERSION)
                                          : load::report_as_text(*plan, *outcome);
  std::fwrite(report.data(), 1, report.size(), stdout);
  return kExitOk;
}

}  // namespace weft::server
