// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/config.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace weft::server {

/// What a value looks like; decides which TOML types an option takes.
enum class OptionKind : unsigned char {
  text,
  list,     // texts; in one text they are separated by commas
  number,   // whole
  seconds,  // to the millisecond
  flag,     // true or false
};

/// One thing an operator can set. A stem `drain-seconds` names the flag --drain-seconds, the
/// variable WEFT_DRAIN_SECONDS and the TOML key drain_seconds.
struct Option {
  std::string_view stem;
  std::string_view value_name;  // in the help
  std::string_view help;
  OptionKind kind = OptionKind::text;
  /// What a value must be, as it ends the sentence "… must be".
  std::string allowed;
  /// Returns false, and changes nothing, when the text is not allowed.
  std::function<bool(Config& config, std::string_view text)> set;
  std::function<std::string(const Config& config)> get;

  [[nodiscard]] std::string flag() const;      // --drain-seconds
  [[nodiscard]] std::string variable() const;  // WEFT_DRAIN_SECONDS
  [[nodiscard]] std::string toml_key() const;  // drain_seconds
};

/// All of them, in the order of the documentation.
[[nodiscard]] std::span<const Option> config_options();

}  // namespace weft::server
