// SPDX-License-Identifier: Apache-2.0
#include "server/authentication.h"
#include "server/bench_command.h"
#include "server/command_line.h"
#include "server/config_loader.h"
#include "server/exit_status.h"
#include "server/serve_command.h"
#include "server/token_command.h"

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <unistd.h>
#include <variant>
#include <vector>

namespace weft::server {
namespace {

void print(std::FILE* file, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

void complain(const std::string& sentence) {
  print(stderr, "weft: " + sentence + "\n");
}

std::vector<std::string> environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

int run(const Answer& answer) {
  print(answer.status == kExitOk ? stdout : stderr, answer.text);
  return answer.status;
}

int run(const ServeCommand& command) {
  const auto loaded = load_config(command.flags, command.config_file, environment());
  if (loaded) return serve(loaded->config);
  for (const std::string& problem : loaded.error()) complain(problem);
  return kExitUsage;
}

int run(const CheckConfigCommand& command) {
  const auto loaded = load_config(command.flags, command.config_file, environment());
  if (!loaded) {
    for (const std::string& problem : loaded.error()) complain(problem);
    return kExitFailed;
  }
  print(stdout, loaded->to_toml());
  const auto authentication = set_up_authentication(loaded->config);
  if (!authentication) {
    complain(authentication.error());
    return kExitFailed;
  }
  for (const std::string& warning : authentication->warnings) complain(warning);
  return kExitOk;
}

int run(const TokenCommand& command) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto minted =
      make_token(command, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  if (!minted) {
    complain(minted.error());
    return kExitUsage;
  }
  if (!minted->warning.empty()) complain(minted->warning);
  print(stdout, minted->token + "\n");
  return kExitOk;
}

int run(const BenchCommand& command) {
  return bench(command);
}

}  // namespace
}  // namespace weft::server

namespace {

/// Release builds for x86-64 use SSE4.2 and POPCNT (x86-64-v2, cmake/weft_options.cmake).
bool is_processor_good_enough() {
#if defined(__x86_64__) && defined(__SSE4_2__)
  return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("popcnt") != 0;
#else
  return true;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  if (!is_processor_good_enough()) {
    weft::server::complain(
        "this processor lacks SSE4.2 or POPCNT, which every x86-64 since 2009 has (x86-64-v2). If "
        "it "
        "is a virtual machine's, choose another CPU model for it.");
    return weft::server::kExitFailed;
  }
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    return std::visit([](const auto& command) { return weft::server::run(command); },
                      weft::server::parse_command_line(arguments));
  } catch (const std::exception& error) {
    weft::server::complain(error.what() + std::string("."));
    return weft::server::kExitFailed;
  }
}
