// SPDX-License-Identifier: Apache-2.0
#include "runtime/shard.h"

#include "runtime/clock.h"
#include "runtime/tcp_transport.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <pthread.h>
#include <random>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace weft::runtime {

namespace asio = boost::asio;

namespace {

// Handlers that run before the turn ends, so that under load the tick still comes.
constexpr int kHandlersPerTurn = 512;

}  // namespace

Shard::Shard(const ShardConfig& config, const connection::Authenticator& authenticator,
             store::Store& store, std::uint64_t seed)
    : config_(config),
      store_(store),
      work_(asio::make_work_guard(io_)),
      log_(
          store, [this](std::function<void()> work) { post(std::move(work)); },
          [random = std::mt19937_64(seed ^ 0x5eed)]() mutable { return random() >> 12; }),
      router_(config.router, authenticator, log_, config.keeps_last_seen ? this : nullptr, seed),
      drivers_(router_, config.outbox, config.router.room.limits, read_clocks),
      timer_(io_) {}

Shard::~Shard() {
  stop();
}

void Shard::start(std::string thread_name) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), thread_name.substr(0, 15).c_str());
}

void Shard::post(std::function<void()> work) {
  if (mailbox_.post(std::move(work))) asio::post(io_, [this] { mailbox_.run(); });
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  post([this] { stopping_ = true; });
  thread_.join();
}

void Shard::run() {
  while (!stopping_) {
    io_.run_one();
    for (int i = 0; i < kHandlersPerTurn && io_.poll_one() > 0; ++i) {
    }
    drivers_.end_turn();
    session_count_.store(drivers_.size(), std::memory_order_relaxed);
    schedule();
  }
  router_.see_everyone_off(read_clocks().wall_ms);
}

void Shard::schedule() {
  const std::optional<Instant> wake_at = drivers_.next_deadline();
  // Waking too early costs a turn that finds nothing; rearming for later would cost one each time.
  if (!wake_at || (wake_at_ && *wake_at >= *wake_at_)) return;
  wake_at_ = wake_at;
  timer_.expires_at(*wake_at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) wake_at_.reset();
  });
}

void Shard::adopt(int socket, const CanvasId& canvas, protocol::Encoding encoding,
                  const Bytes& early) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  asio::ip::tcp::socket owned(io_);
  boost::system::error_code error;
  owned.assign(address.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket,
               error);
  if (error) {
    spdlog::error("a connection was dropped: {}", error.message());
    ::close(socket);
    return;
  }
  drivers_.adopt(std::make_unique<TcpTransport>(std::move(owned)), canvas, encoding, early);
}

void Shard::drain(std::chrono::milliseconds window) {
  router_.drain(read_clocks(), window);
}

void Shard::departed(const CanvasId& canvas, presence::Departed person, WallMs at_ms) {
  if (!store_.is_available()) return;  // a convenience must not fill the memory during an outage
  store_.save_last_seen(canvas,
                        {person.user.id, person.user.name, at_ms, std::move(person.presence)});
}

}  // namespace weft::runtime
