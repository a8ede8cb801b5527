// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::server {

/// Everything an operator can set (docs/operations.md). Flags win over WEFT_* environment
/// variables, these over the TOML file, that over what stands here. config_options.cc gives each
/// member its name and range.
struct Config {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;      // 0: any free one
  std::string data_dir = "data";  // ":memory:" keeps nothing
  std::string auth_key_file;      // empty: development mode, loopback only
  std::vector<std::string> origins;
  unsigned shards = 0;  // 0: one per core
  bool compression = true;
  std::string log_level = "info";
  bool log_json = false;

  /// Where instances that share canvases meet; empty: this one works alone, with its database in
  /// data_dir.
  std::string redis;
  std::string redis_ca_file;  // empty: the system's authorities
  /// How long after its start Redis is given for instances that outlived it to bring back what it
  /// lost, before a canvas that it does not know is taken as new.
  std::chrono::milliseconds redis_settle = std::chrono::seconds(5);
  std::string postgres;  // empty: Redis keeps log and snapshots by itself
  /// What an acknowledgement promises: "redis" or "store".
  std::string ack = "redis";

  bool presence_persist = true;
  std::chrono::milliseconds presence_grace = std::chrono::seconds(10);
  std::chrono::milliseconds drain_window = std::chrono::seconds(5);

  std::size_t frame_bytes_max = 1 << 20;
  std::size_t outbox_bytes_max = 16 << 20;
  std::size_t sessions_max = 50'000;  // of the instance
  std::size_t sessions_per_canvas_max = 10'000;
  std::size_t presence_bytes_max = 4 * 1024;
  std::size_t event_bytes_max = 16 * 1024;
  std::uint32_t cursors_per_second = 120;
  std::uint32_t pushes_per_second = 1'000;
  std::uint32_t events_per_second = 100;
  std::uint32_t presence_per_second = 60;
  std::uint32_t accepts_per_second = 2'000;
};

}  // namespace weft::server
