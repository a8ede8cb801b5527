// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/bench_command.h"
#include "server/config_loader.h"
#include "server/token_command.h"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace weft::server {

/// weft serve
struct ServeCommand {
  std::vector<Setting> flags;
  std::string config_file;
};
/// weft check-config
struct CheckConfigCommand {
  std::vector<Setting> flags;
  std::string config_file;
};
/// Help, the version, or what is wrong with the command line: print it and exit.
struct Answer {
  std::string text;
  int status = 0;
};

using Command = std::variant<Answer, ServeCommand, CheckConfigCommand, TokenCommand, BenchCommand>;

/// `arguments` are those behind the program's name.
[[nodiscard]] Command parse_command_line(std::span<const std::string> arguments);

}  // namespace weft::server
