// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/config.h"
#include "server/config_options.h"
#include "util/result.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::server {

/// A value that somebody gave to an option.
struct Setting {
  const Option* option = nullptr;
  std::string text;
  std::string source;  // "--shards", "WEFT_SHARDS", "weft.toml:3"
};

/// Sentences, at least one: what is wrong, with the value, what would be right and where it stands.
using ConfigProblems = std::vector<std::string>;

/// The configuration, and where each of its values is from: one row per option.
struct LoadedConfig {
  Config config;
  std::vector<Setting> settings;

  /// As a TOML file with the sources as comments.
  [[nodiscard]] std::string to_toml() const;
};

/// Flag over environment over file over default. `environment` is "NAME=value" texts, of which only
/// WEFT_* matter. `config_flag` is the file that --config names; when empty, WEFT_CONFIG may name
/// one.
[[nodiscard]] Result<LoadedConfig, ConfigProblems> load_config(
    std::span<const Setting> flags, const std::string& config_flag,
    std::span<const std::string> environment);

}  // namespace weft::server
