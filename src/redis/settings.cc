// SPDX-License-Identifier: Apache-2.0
#include "redis/settings.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace weft::redis {
namespace {

void take_info_line(ByteView name, ByteView value, Settings& settings) {
  if (name == "redis_version") settings.version = value;
  if (name == "run_id") settings.run_id = value;
  if (name == "role") settings.role = value;
  if (name == "cluster_enabled") settings.cluster_enabled = value;
  if (name == "aof_enabled") settings.appendonly = value == "1" ? "yes" : "no";
  if (name == "maxmemory") settings.maxmemory = value;
  if (name == "maxmemory_policy") settings.maxmemory_policy = value;
}

void take_config(ByteView name, ByteView value, Settings& settings) {
  if (name == "appendonly") settings.appendonly = value;
  if (name == "appendfsync") settings.appendfsync = value;
  if (name == "save") settings.save = value;
  if (name == "maxmemory") settings.maxmemory = value;
  if (name == "maxmemory-policy") settings.maxmemory_policy = value;
}

/// Lines of name:value, and headings that begin with #.
void take_info(ByteView text, Settings& settings) {
  while (!text.empty()) {
    const ByteView line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(std::min(text.size(), line.size() + 2));
    const std::size_t colon = line.find(':');
    if (colon == ByteView::npos) continue;
    take_info_line(line.substr(0, colon), line.substr(colon + 1), settings);
  }
}

bool is_without_link(const Answer& answer) {
  return !answer && answer.error().errc != RedisErrc::refused;
}

}  // namespace

Settings parse_settings(const Answer& info, const Answer& config) {
  Settings settings;
  if (info) take_info(info->text, settings);
  if (!config) return settings;
  for (std::size_t i = 0; i + 1 < config->items.size(); i += 2) {
    take_config(config->items[i].text, config->items[i + 1].text, settings);
  }
  return settings;
}

void read_settings(Commands& commands, ByteView key,
                   std::function<void(Result<Settings, RedisError>)> done) {
  constexpr ByteView kInfo[] = {"INFO"};
  constexpr ByteView kConfig[] = {"CONFIG", "GET",       "appendonly",      "appendfsync",
                                  "save",   "maxmemory", "maxmemory-policy"};
  // Answers come in the order of the calls, so the second finds the first.
  auto info = std::make_shared<Answer>();
  commands.call(key, kInfo, [info](Answer answer) { *info = std::move(answer); });
  commands.call(key, kConfig, [info, done = std::move(done)](const Answer& config) {
    if (is_without_link(*info)) return done(Failure(info->error()));
    if (is_without_link(config)) return done(Failure(config.error()));
    done(parse_settings(*info, config));
  });
}

}  // namespace weft::redis
