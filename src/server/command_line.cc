// SPDX-License-Identifier: Apache-2.0
#include "server/command_line.h"

#include "server/bench_options.h"
#include "server/exit_status.h"
#include "server/nearest_word.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <deque>
#include <sstream>
#include <utility>

namespace weft::server {
namespace {

std::string problem(const std::string& sentence) {
  return "weft: " + sentence + "\nTry weft --help.\n";
}

/// Where CLI11 puts the texts of the options of one subcommand until they become settings.
class OptionFlags {
 public:
  explicit OptionFlags(CLI::App& app) : app_(app) {
    app.allow_extras();
    app.add_option("--config", config_file, "TOML file with the same settings (WEFT_CONFIG)")
        ->type_name("FILE");
    for (const Option& option : config_options()) add(option);
  }

  [[nodiscard]] std::vector<Setting> settings() const {
    std::vector<Setting> result;
    for (const Flag& flag : flags_) {
      if (flag.parsed->count() == 0) continue;
      std::string text;
      for (const std::string& value : flag.values) {
        if (!text.empty()) text += ',';
        text += value;
      }
      // --log-json alone says true.
      if (flag.option->kind == OptionKind::flag && text.empty()) text = "true";
      result.push_back({flag.option, std::move(text), flag.option->flag()});
    }
    return result;
  }

  std::string config_file;

 private:
  struct Flag {
    const Option* option = nullptr;
    CLI::Option* parsed = nullptr;
    std::vector<std::string> values;
  };

  void add(const Option& option) {
    Flag& flag = flags_.emplace_back();  // a deque: CLI11 keeps the address
    flag.option = &option;
    const std::string value = option.get(Config());
    const std::string help = std::string(option.help) + (value.empty() ? "" : " (" + value + ")");
    flag.parsed = app_.add_option(option.flag(), flag.values, help);
    flag.parsed->type_name(std::string(option.value_name));
    flag.parsed->expected(1);
    switch (option.kind) {
      case OptionKind::list:
        flag.parsed->take_all();
        break;
      case OptionKind::flag:
        flag.parsed->expected(0, 1);
        break;
      case OptionKind::text:
      case OptionKind::number:
      case OptionKind::seconds:
        break;
    }
  }

  CLI::App& app_;
  std::deque<Flag> flags_;
};

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(option->get_name());
  return names;
}

/// A sentence about the first argument that nobody wanted, or nothing.
std::string unknown_argument(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return {};
  const std::string& extra = extras.front();
  const std::string name = extra.substr(0, extra.find('='));
  if (!name.starts_with("-")) return "weft " + app.get_name() + " does not take " + extra + ".";
  return "There is no flag " + name + "; the nearest is " + nearest_word(name, flag_names(app)) +
         ".";
}

void add_token_options(CLI::App& app, TokenCommand& token) {
  app.allow_extras();
  app.add_option("--auth-key", token.key_file, "HS256 secret or private key that signs the token")
      ->type_name("FILE")
      ->required();
  app.add_option("--sub", token.user, "The user's id")->type_name("ID")->required();
  app.add_option("--name", token.name, "The name others see")->type_name("TEXT");
  app.add_option("--color", token.color, "The color of cursor and avatar")->type_name("TEXT");
  app.add_option("--avatar", token.avatar, "Address of a picture")->type_name("URL");
  app.add_option("--canvas", token.canvases,
                 "Role (view, present, edit, admin) on canvases; * in the pattern stands for any "
                 "characters; may be repeated")
      ->type_name("PATTERN=ROLE")
      ->required()
      ->expected(1)
      ->take_all();
  app.add_option("--ttl", token.ttl_seconds, "How long the token is good (a day)")
      ->type_name("SECONDS");
}

}  // namespace

Command parse_command_line(std::span<const std::string> arguments) {
  CLI::App app("Weft, a real-time server for collaborative canvases", "weft");
  app.set_version_flag("--version", "weft " WEFT_VERSION);
  app.allow_extras();
  auto& serve = *app.add_subcommand("serve", "Run the server");
  OptionFlags serve_flags(serve);
  auto& check = *app.add_subcommand("check-config", "Print the configuration that serve would use");
  OptionFlags check_flags(check);
  auto& token_app = *app.add_subcommand("token", "Make a token for development");
  TokenCommand token;
  add_token_options(token_app, token);
  auto& bench_app = *app.add_subcommand("bench", "Load running servers and say what they take");
  BenchCommand bench;
  add_bench_options(bench_app, bench);

  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    if (app.exit(error, out, out) == 0) return Answer{out.str(), kExitOk};  // help, version
    return Answer{problem(error.what() + std::string(".")), kExitUsage};
  }

  for (const CLI::App* chosen : app.get_subcommands()) {
    if (const std::string sentence = unknown_argument(*chosen); !sentence.empty()) {
      return Answer{problem(sentence), kExitUsage};
    }
  }
  if (serve.parsed()) return ServeCommand{serve_flags.settings(), serve_flags.config_file};
  if (check.parsed()) return CheckConfigCommand{check_flags.settings(), check_flags.config_file};
  if (token_app.parsed()) return token;
  if (bench_app.parsed()) return bench;
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return Answer{app.help(), kExitUsage};
  const std::vector<std::string> commands = {"serve", "check-config", "token", "bench",
                                             "--version"};
  return Answer{problem("There is no command " + extras.front() + "; the nearest is " +
                        nearest_word(extras.front(), commands) + "."),
                kExitUsage};
}

}  // namespace weft::server
