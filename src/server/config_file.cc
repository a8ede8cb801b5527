// SPDX-License-Identifier: Apache-2.0
#include "server/config_file.h"

#include "server/nearest_word.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace weft::server {
namespace {

std::string format_float(double value) {
  char buffer[32];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
  return {buffer, end};
}

/// The value in the form that flags have, or nothing when its type does not suit the option.
std::optional<std::string> text_of(const toml::node& node, OptionKind kind) {
  switch (kind) {
    case OptionKind::text:
      if (const auto* text = node.as_string()) return text->get();
      break;
    case OptionKind::flag:
      if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
      break;
    case OptionKind::seconds:
      if (const auto* number = node.as_floating_point()) return format_float(number->get());
      [[fallthrough]];
    case OptionKind::number:
      if (const auto* number = node.as_integer()) return std::to_string(number->get());
      break;
    case OptionKind::list: {
      if (const auto* text = node.as_string()) return text->get();
      const auto* array = node.as_array();
      if (array == nullptr) break;
      std::string joined;
      for (const toml::node& item : *array) {
        const auto* text = item.as_string();
        if (text == nullptr) return std::nullopt;
        if (!joined.empty()) joined += ',';
        joined += text->get();
      }
      return joined;
    }
  }
  return std::nullopt;
}

class FileReader {
 public:
  FileReader(const std::string& path, std::vector<std::string>& problems)
      : path_(path), problems_(problems) {
    for (const Option& option : config_options()) keys_.push_back(option.toml_key());
  }

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [toml_key, node] : table) {
      const std::string key = prefix + std::string(toml_key.str());
      const std::string place = path_ + ":" + std::to_string(toml_key.source().begin.line);
      if (const auto* inner = node.as_table()) {
        read(*inner, key + ".");
      } else if (const auto at = std::ranges::find(keys_, key); at == keys_.end()) {
        problems_.push_back(place + ": there is no setting " + key + "; the nearest is " +
                            nearest_word(key, keys_) + ".");
      } else {
        take(config_options()[static_cast<std::size_t>(at - keys_.begin())], key, node, place);
      }
    }
  }

  std::vector<Setting> settings;

 private:
  void take(const Option& option, const std::string& key, const toml::node& node,
            const std::string& place) {
    if (auto text = text_of(node, option.kind)) {
      settings.push_back({&option, std::move(*text), place});
    } else {
      problems_.push_back(place + ": " + key + " must be " + option.allowed + ".");
    }
  }

  const std::string& path_;
  std::vector<std::string>& problems_;
  std::vector<std::string> keys_;  // in the order of config_options()
};

}  // namespace

std::vector<Setting> parse_config_file(std::string_view text, const std::string& path,
                                       std::vector<std::string>& problems) {
  try {
    FileReader reader(path, problems);
    reader.read(toml::parse(text, path), {});
    return std::move(reader.settings);
  } catch (const toml::parse_error& error) {
    problems.push_back(path + ":" + std::to_string(error.source().begin.line) +
                       ": not TOML: " + std::string(error.description()) + ".");
    return {};
  }
}

}  // namespace weft::server
