// SPDX-License-Identifier: Apache-2.0
#include "server/logging.h"

#include "protocol/json.h"
#include "protocol/msgpack.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

namespace weft::server {
namespace {

constexpr const char* kTimePattern = "%Y-%m-%dT%H:%M:%S.%eZ";
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %-5l %v";

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    spdlog::memory_buf_t time;
    time_.format(message, time);
    const auto level = spdlog::level::to_string_view(message.level);
    Bytes packed;
    protocol::append_map(packed, 3);
    protocol::append_string(packed, "time");
    protocol::append_string(packed, {time.data(), time.size()});
    protocol::append_string(packed, "level");
    protocol::append_string(packed, {level.data(), level.size()});
    protocol::append_string(packed, "message");
    protocol::append_string(packed, {message.payload.data(), message.payload.size()});
    Bytes line;
    protocol::append_value_as_json(line, packed);
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }

  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }

 private:
  spdlog::pattern_formatter time_{kTimePattern, spdlog::pattern_time_type::utc, ""};
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_json_formatter() {
  return std::make_unique<JsonFormatter>();
}

void set_up_logging(const Config& config) {
  auto logger = spdlog::stderr_logger_mt("weft");
  if (config.log_json) {
    logger->set_formatter(make_json_formatter());
  } else {
    logger->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(kTextPattern, spdlog::pattern_time_type::utc));
  }
  logger->set_level(spdlog::level::from_str(config.log_level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace weft::server
