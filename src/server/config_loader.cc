// SPDX-License-Identifier: Apache-2.0
#include "server/config_loader.h"

#include "server/config_file.h"
#include "server/nearest_word.h"
#include "server/text_file.h"
#include "server/without_password.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::server {
namespace {

constexpr std::string_view kPrefix = "WEFT_";
constexpr std::string_view kConfigVariable = "WEFT_CONFIG";
constexpr std::string_view kDefaultSource = "default";
constexpr std::size_t kConfigFileBytesMax = 1 << 20;

struct EnvironmentSettings {
  std::vector<Setting> settings;
  std::string config_file;
};

EnvironmentSettings read_environment(std::span<const std::string> environment,
                                     ConfigProblems& problems) {
  std::vector<std::string> known;
  for (const Option& option : config_options()) known.push_back(option.variable());
  known.emplace_back(kConfigVariable);

  EnvironmentSettings result;
  for (const std::string& entry : environment) {
    if (!entry.starts_with(kPrefix)) continue;
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string name = entry.substr(0, equals);
    std::string value = entry.substr(std::min(equals + 1, entry.size()));
    if (name == kConfigVariable) {
      result.config_file = std::move(value);
    } else if (const auto at = std::ranges::find(known, name); at != known.end()) {
      const Option& option = config_options()[static_cast<std::size_t>(at - known.begin())];
      result.settings.push_back({&option, std::move(value), name});
    } else {
      problems.push_back("There is no setting for the environment variable " + name +
                         "; the nearest is " + nearest_word(name, known) + ".");
    }
  }
  return result;
}

std::vector<Setting> read_file(const std::string& path, const std::string& named_by,
                               ConfigProblems& problems) {
  const auto file = read_text_file(path, kConfigFileBytesMax);
  if (!file) {
    problems.push_back("The configuration file " + path + " (" + named_by +
                       ") cannot be read: " + file.error() + ".");
    return {};
  }
  if (file->text.size() == kConfigFileBytesMax) {
    problems.push_back("The configuration file " + path + " (" + named_by + ") is too long.");
    return {};
  }
  return parse_config_file(file->text, path, problems);
}

/// The values are right one by one; these do not go together.
void check_together(const Config& config, ConfigProblems& problems) {
  const auto require = [&problems](std::string_view small, std::size_t small_value,
                                   std::string_view big, std::size_t big_value) {
    if (small_value <= big_value) return;
    problems.push_back(std::string(small) + " is " + std::to_string(small_value) +
                       " but must not be more than " + std::string(big) + ", which is " +
                       std::to_string(big_value) + ".");
  };
  require("frame_bytes_max", config.frame_bytes_max, "outbox_bytes_max", config.outbox_bytes_max);
  require("event_bytes_max", config.event_bytes_max, "frame_bytes_max", config.frame_bytes_max);
  require("presence_bytes_max", config.presence_bytes_max, "frame_bytes_max",
          config.frame_bytes_max);
  if (!config.postgres.empty() && config.redis.empty()) {
    problems.push_back(
        "postgres is set but redis is not: PostgreSQL keeps what instances share through Redis; an "
        "instance alone keeps its data in a folder (data).");
  }
  if (config.ack == "store" && config.postgres.empty()) {
    problems.push_back("ack is \"store\" but there is no store behind Redis: set postgres.");
  }
}

/// A flag or a variable names the option itself, a line of a file does not.
std::string place_of(const Setting& setting) {
  const bool is_file =
      setting.source != setting.option->flag() && setting.source != setting.option->variable();
  return is_file ? setting.source + ": " + setting.option->toml_key() : setting.source;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string toml_value(const Setting& setting) {
  switch (setting.option->kind) {
    case OptionKind::text:
      return quoted(setting.text);
    case OptionKind::list: {
      std::string array = "[";
      std::string_view rest = setting.text;
      while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        if (array.size() > 1) array += ", ";
        array += quoted(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
      return array + "]";
    }
    case OptionKind::number:
    case OptionKind::seconds:
    case OptionKind::flag:
      break;
  }
  return setting.text;
}

}  // namespace

std::string LoadedConfig::to_toml() const {
  constexpr std::size_t kCommentColumn = 48;
  std::string toml;
  for (const Setting& setting : settings) {
    std::string line = setting.option->toml_key() + " = " + toml_value(setting);
    line.resize(std::max(kCommentColumn, line.size() + 1), ' ');
    toml += line + "# " + setting.source + "\n";
  }
  return toml;
}

Result<LoadedConfig, ConfigProblems> load_config(std::span<const Setting> flags,
                                                 const std::string& config_flag,
                                                 std::span<const std::string> environment) {
  ConfigProblems problems;
  const EnvironmentSettings from_environment = read_environment(environment, problems);
  std::vector<Setting> from_file;
  if (!config_flag.empty()) {
    from_file = read_file(config_flag, "--config", problems);
  } else if (!from_environment.config_file.empty()) {
    from_file = read_file(from_environment.config_file, std::string(kConfigVariable), problems);
  }

  LoadedConfig loaded;
  for (const Option& option : config_options()) {
    std::string source(kDefaultSource);
    const std::span<const Setting> weakest_first[] = {from_file, from_environment.settings, flags};
    for (const std::span<const Setting> settings : weakest_first) {
      const auto at = std::ranges::find(settings, &option, &Setting::option);
      if (at == settings.end()) continue;
      // Also a value that a stronger one hides must be right: it would come to light one day.
      if (option.set(loaded.config, at->text)) {
        source = at->source;
      } else {
        problems.push_back(place_of(*at) + " is \"" + without_password(at->text) +
                           "\" but must be " + option.allowed + ".");
      }
    }
    loaded.settings.push_back({&option, option.get(loaded.config), std::move(source)});
  }
  if (problems.empty()) check_together(loaded.config, problems);
  if (!problems.empty()) return Failure<ConfigProblems>(std::move(problems));
  return loaded;
}

}  // namespace weft::server
