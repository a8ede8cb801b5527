// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temp_dir.h"

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <libpq-fe.h>
#include <memory>
#include <netinet/in.h>
#include <pwd.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace weft::test {

/// A PostgreSQL of the test program's own: in a temporary folder, on a free port of 127.0.0.1. It
/// does not outlive the program, however that ends. Throws when PostgreSQL is missing or does not
/// start.
class PostgresServer {
 public:
  enum class Sync {
    off,  // nothing is promised after a crash of the machine: for speed
    on,
  };
  static constexpr const char* kPassword = "correct horse";

  explicit PostgresServer(Sync sync = Sync::off) : sync_(sync), programs_(find_programs()) {
    become_owner_of(folder());
    write_file(folder() + "/password", std::string(kPassword) + "\n");
    become_owner_of(folder() + "/password");
    run_to_end({programs_ + "/initdb", "--pgdata=" + data(), "--username=admin", "--no-sync",
                "--encoding=UTF8", "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256",
                "--pwfile=" + folder() + "/password"});
    start();
  }
  ~PostgresServer() {
    try {
      if (is_hanging_) resume();
      if (postmaster_ > 0) kill();
    } catch (const std::exception&) {
    }
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// The one that every test of the program shares; tests that disturb it start their own.
  static PostgresServer& shared() {
    static PostgresServer server;
    return server;
  }

  /// For the role that may do everything.
  [[nodiscard]] std::string url(const std::string& database) const {
    return url(database, "admin", "correct%20horse");
  }
  [[nodiscard]] std::string url(const std::string& database, const std::string& user,
                                const std::string& password) const {
    return "postgresql://" + user + ":" + password + "@127.0.0.1:" + std::to_string(port_) + "/" +
           database;
  }
  /// Makes an empty database and answers with its name.
  std::string make_database() {
    std::string name = "test_" + std::to_string(++databases_);
    execute("postgres", "CREATE DATABASE " + name);
    return name;
  }
  void drop_database(const std::string& name) {
    execute("postgres", "DROP DATABASE " + name + " WITH (FORCE)");
  }
  /// Runs SQL as the role that may do everything; answers with the first value of the last answer.
  std::string execute(const std::string& database, const std::string& sql) {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(
        PQconnectdb((url(database) + "?connect_timeout=20").c_str()), PQfinish);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQexec(connection.get(), sql.c_str()), PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
    }
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }
  /// The database refuses everybody, and those who are in are thrown out.
  void shut_out(const std::string& database) {
    execute("postgres", "ALTER DATABASE " + database + " WITH ALLOW_CONNECTIONS false");
    throw_out(database);
  }
  void let_in(const std::string& database) {
    execute("postgres", "ALTER DATABASE " + database + " WITH ALLOW_CONNECTIONS true");
  }
  void throw_out(const std::string& database) {
    execute("postgres",
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
            "WHERE datname = '" +
                database + "'");
  }

  void start() {
    if (port_ == 0) port_ = free_port();
    const std::vector<std::string> command = {
        programs_ + "/postgres",
        "-D",
        data(),
        "-p",
        std::to_string(port_),
        "-k",
        folder(),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "max_connections=60",
        "-c",
        "shared_buffers=16MB",
        "-c",
        "autovacuum=off",
        "-c",
        "recovery_init_sync_method=syncfs",
        "-c",
        std::string("fsync=") + (sync_ == Sync::on ? "on" : "off")};
    postmaster_ = spawn(command);
    guard();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (PQping(url("postgres").c_str()) != PQPING_OK) {
      if (::waitpid(postmaster_, nullptr, WNOHANG) == postmaster_ ||
          std::chrono::steady_clock::now() > deadline) {
        postmaster_ = 0;
        throw std::runtime_error("PostgreSQL did not accept connections within 60 s:\n" +
                                 read_file(folder() + "/output"));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  /// Ends all of its processes at once, in the middle of whatever they do.
  void kill() {
    const std::vector<pid_t> children = children_of(postmaster_);
    ::kill(postmaster_, SIGKILL);
    for (const pid_t child : children) ::kill(child, SIGKILL);
    ::waitpid(postmaster_, nullptr, 0);
    postmaster_ = 0;
    unguard();
    for (const pid_t child : children) await_end(child);
  }
  /// All of its processes stand still; their sockets stay.
  void hang() {
    is_hanging_ = true;
    signal_all(SIGSTOP);
  }
  void resume() {
    is_hanging_ = false;
    signal_all(SIGCONT);
  }

 private:
  [[nodiscard]] std::string folder() const {
    return std::filesystem::path(dir_.file("")).parent_path().string();
  }
  [[nodiscard]] std::string data() const { return folder() + "/data"; }

  static std::string find_programs() {
    std::string newest;
    std::error_code absent;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", absent)) {
      if (std::filesystem::exists(version.path() / "bin/postgres")) {
        newest = std::max(newest, (version.path() / "bin").string());
      }
    }
    if (newest.empty()) {
      throw std::runtime_error(
          "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/postgres): run "
          "tools/setup.sh test");
    }
    return newest;
  }

  /// PostgreSQL refuses to run as root: then it runs as a user who may do little.
  static const passwd* other_user() {
    if (::geteuid() != 0) return nullptr;
    const passwd* user = ::getpwnam("postgres");
    return user != nullptr ? user : ::getpwnam("nobody");
  }
  static void become_owner_of(const std::string& path) {
    if (const passwd* user = other_user()) {
      if (::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error(path + " cannot be given away");
      }
    }
  }

  /// Starts a program that ends when this one does. Its output goes to a file.
  pid_t spawn(const std::vector<std::string>& command, int input = -1) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
      arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    const passwd* user = other_user();
    const std::string output = folder() + "/output";
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child > 0) return child;
    const bool is_other =
        user == nullptr || (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0 &&
                            ::setuid(user->pw_uid) == 0);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (!is_other || out < 0 || ::chdir("/") != 0) ::_exit(126);
    ::dup2(input >= 0 ? input : ::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    if (input < 0) {
      // After setuid, which would undo it. The guard outlives this program, though not by long.
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(125);
    }
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  void run_to_end(const std::vector<std::string>& command) {
    int status = 0;
    if (::waitpid(spawn(command), &status, 0) < 0 || status != 0) {
      throw std::runtime_error(command[0] + " failed:\n" + read_file(folder() + "/output"));
    }
  }

  /// A process that waits for the end of this one, and then ends what may stand still and could
  /// not notice by itself.
  void guard() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const std::string script =
        "read end; for p in /proc/[0-9]*; do if grep -qs \"^PPid:[[:space:]]*$0\\$\" $p/status; "
        "then kill -9 ${p#/proc/}; fi; done; kill -9 $0; rm -rf \"$1\"";
    guard_ = spawn({"/bin/sh", "-c", script, std::to_string(postmaster_), folder()}, ends[0]);
    ::close(ends[0]);
    life_ = ends[1];
  }
  void unguard() {
    ::kill(guard_, SIGKILL);
    ::waitpid(guard_, nullptr, 0);
    ::close(life_);
  }

  static std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    const std::string tasks = "/proc/" + std::to_string(parent) + "/task";
    std::error_code absent;
    for (const auto& task : std::filesystem::directory_iterator(tasks, absent)) {
      std::ifstream list(task.path() / "children");
      for (pid_t child = 0; list >> child;) children.push_back(child);
    }
    return children;
  }
  void signal_all(int signal) {
    ::kill(postmaster_, signal);
    for (const pid_t child : children_of(postmaster_)) ::kill(child, signal);
  }
  /// Of a process that is not ours to wait for. One that was killed may be a zombie until whoever
  /// inherited it looks.
  static void await_end(pid_t process) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const std::string stat = "/proc/" + std::to_string(process) + "/stat";
    while (std::chrono::steady_clock::now() < deadline) {
      const std::string line = read_file(stat);
      if (line.empty() || line.find(") Z ") != std::string::npos) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    throw std::runtime_error("a process of PostgreSQL did not end within 20 s after SIGKILL");
  }

  static int free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool is_bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                          ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(probe);
    if (!is_bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
  }
  static std::string read_file(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }

  const Sync sync_;
  const std::string programs_;
  TempDir dir_;
  int port_ = 0;
  int databases_ = 0;
  pid_t postmaster_ = 0;
  pid_t guard_ = 0;
  int life_ = -1;  // open for as long as this program lives
  bool is_hanging_ = false;
};

}  // namespace weft::test
