// SPDX-License-Identifier: Apache-2.0
#include "support/redis_server.h"

#include <arpa/inet.h>
#include <chrono>
#include <fstream>
#include <hiredis/hiredis.h>
#include <iterator>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace weft::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartDeadline{15};
constexpr std::chrono::milliseconds kLookAgain{10};
constexpr timeval kCommandDeadline{10, 0};

using Connection = std::unique_ptr<redisContext, decltype([](redisContext* c) { redisFree(c); })>;
using OwnedReply = std::unique_ptr<redisReply, decltype([](void* r) { freeReplyObject(r); })>;

OwnedReply ask(redisContext& connection, const std::vector<std::string>& words) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    pointers.push_back(word.data());
    sizes.push_back(word.size());
  }
  return OwnedReply(static_cast<redisReply*>(redisCommandArgv(
      &connection, static_cast<int>(words.size()), pointers.data(), sizes.data())));
}

void print(const redisReply& reply, std::string& out) {
  if (reply.type == REDIS_REPLY_ARRAY) {
    for (std::size_t i = 0; i < reply.elements; ++i) print(*reply.element[i], out);
    return;
  }
  if (!out.empty()) out += '\n';
  if (reply.type == REDIS_REPLY_INTEGER) {
    out += std::to_string(reply.integer);
  } else if (reply.type == REDIS_REPLY_NIL) {
    out += "(nil)";
  } else {
    out.append(reply.str, reply.len);
  }
}

}  // namespace

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool is_bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!is_bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> options, std::string config_lines)
    : options_(std::move(options)), has_config_file_(!config_lines.empty()) {
  if (has_config_file_) std::ofstream(file("redis.conf")) << config_lines;
  start();
}

void RedisServer::start() {
  const std::string port = std::to_string(port_);
  std::vector<std::string> words = {
      "redis-server", "--port", port, "--bind",       "127.0.0.1", "--dir",
      file("."),      "--save", "",   "--appendonly", "no"};
  if (has_config_file_) words.insert(words.begin() + 1, file("redis.conf"));
  words.insert(words.end(), options_.begin(), options_.end());
  process_ = ChildProcess(words, file("output.txt"));
  const auto deadline = Clock::now() + kStartDeadline;
  while (!answers()) {
    if (!process_.is_running()) throw std::runtime_error("redis-server has ended:\n" + said());
    if (Clock::now() > deadline) throw std::runtime_error("redis-server is mute:\n" + said());
    std::this_thread::sleep_for(kLookAgain);
  }
}

bool RedisServer::answers() {
  const Connection connection(redisConnectWithTimeout("127.0.0.1", port_, kCommandDeadline));
  if (connection == nullptr || connection->err != 0) return false;
  redisSetTimeout(connection.get(), kCommandDeadline);
  const OwnedReply reply = ask(*connection, {"PING"});
  // To be asked for a password is an answer too.
  return reply != nullptr && !std::string_view(reply->str, reply->len).starts_with("LOADING");
}

std::string RedisServer::said() const {
  std::ifstream output(file("output.txt"));
  return {std::istreambuf_iterator<char>(output), {}};
}

void RedisServer::stop() {
  process_.signal(SIGTERM);
  const auto deadline = Clock::now() + kStartDeadline;
  while (process_.is_running()) {
    if (Clock::now() > deadline) throw std::runtime_error("redis-server does not stop:\n" + said());
    std::this_thread::sleep_for(kLookAgain);
  }
}

void RedisServer::restart() {
  kill();
  start();
}

void RedisServer::restart(std::vector<std::string> options) {
  options_ = std::move(options);
  restart();
}

std::string RedisServer::command(const std::vector<std::string>& words) {
  const Connection connection(redisConnectWithTimeout("127.0.0.1", port_, kCommandDeadline));
  if (connection == nullptr || connection->err != 0) {
    throw std::runtime_error("no connection to redis-server:\n" + said());
  }
  redisSetTimeout(connection.get(), kCommandDeadline);
  if (!password_.empty()) {
    const std::string user = user_.empty() ? "default" : user_;
    ask(*connection, {"AUTH", user, password_});
  }
  const OwnedReply reply = ask(*connection, words);
  if (reply == nullptr) throw std::runtime_error("redis-server gave no reply to " + words[0]);
  std::string text;
  print(*reply, text);
  return text;
}

void RedisServer::log_in_as(std::string user, std::string password) {
  user_ = std::move(user);
  password_ = std::move(password);
}

}  // namespace weft::test
