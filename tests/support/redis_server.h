// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/child_process.h"
#include "support/temp_dir.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::test {

/// A port of 127.0.0.1 that nobody had a moment ago.
std::uint16_t free_port();

/// A real redis-server on a free port of 127.0.0.1 with a directory of its own. It ends with this
/// object, and with the thread that made it if that crashes. Keeps nothing at rest unless told.
/// Everything waits with a deadline, and throws std::runtime_error with what the server said when
/// that passes.
class RedisServer {
 public:
  /// Words for its command line, e.g. {"--appendonly", "yes"}, and lines for a configuration file,
  /// which Sentinel has to have. Returns when the server answers.
  explicit RedisServer(std::vector<std::string> options = {}, std::string config_lines = {});

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  /// A path in its directory, which lasts over restarts.
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }

  /// SIGKILL, and waits for the end.
  void kill() { process_.kill(); }
  /// As an operator stops it: saves what it is configured to save.
  void stop();
  /// Again on the same port with the same directory; kills it first if it still runs.
  void restart();
  void restart(std::vector<std::string> options);
  /// SIGSTOP: connections stay, nothing is answered, until resume().
  void pause() { process_.signal(SIGSTOP); }
  void resume() { process_.signal(SIGCONT); }

  /// A command over a connection of its own. The reply's elements, nested ones too, in order, one
  /// line each; nil is "(nil)"; an error is its words.
  std::string command(const std::vector<std::string>& words);
  /// For command(): what the server asks for now. An empty user is the default user.
  void log_in_as(std::string user, std::string password);

 private:
  void start();
  /// Not while it loads its data.
  [[nodiscard]] bool answers();
  [[nodiscard]] std::string said() const;

  TempDir directory_;
  std::vector<std::string> options_;
  bool has_config_file_ = false;
  std::string user_;
  std::string password_;
  std::uint16_t port_ = free_port();
  ChildProcess process_;
};

}  // namespace weft::test
