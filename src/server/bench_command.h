// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/plan.h"
#include "util/result.h"
#include "util/time.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace weft::server {

/// weft bench: what the command line says; see load::Plan for what the words mean.
struct BenchCommand {
  std::string scenario;
  std::vector<std::string> urls;
  /// Rooms, people, seconds, seed and the like: those with one default for all scenarios.
  load::Plan plan;
  std::optional<double> rate;
  std::optional<double> warmup_seconds;
  std::optional<std::size_t> entities;
  std::string token;     // a token or the name of a file that holds one
  std::string key_file;  // a token is minted with it for each person
  std::vector<pid_t> server_pids;
  std::vector<pid_t> redis_pids;
  bool json = false;
  bool progress = false;
};

/// The plan of the command, with its defaults and tokens, or a sentence that says what is wrong.
/// Reads the token's or the key's file.
[[nodiscard]] Result<load::Plan, std::string> make_plan(const BenchCommand& command, WallMs now_ms);

/// Runs the load and prints the report; returns the process's exit status. SIGINT and SIGTERM end
/// it early.
[[nodiscard]] int bench(const BenchCommand& command);

}  // namespace weft::server
