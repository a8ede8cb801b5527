// SPDX-License-Identifier: Apache-2.0
#include "runtime/shard.h"

#include "runtime/clock.h"
#include "runtime/tcp_transport.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <pthread.h>
#include <random>
#include <sys/socket.h>
#include <utility>

namespace weft::runtime {

namespace asio = boost::asio;

namespace {

// What one read may bring; shared by all sessions of the shard.
constexpr std::size_t kScratchBytes = 64 * 1024;
// Handlers that run before the turn ends, so that under load the tick still comes.
constexpr int kHandlersPerTurn = 512;
// Slow readers, endless messages and lingering peers are looked for so often.
constexpr std::chrono::milliseconds kSweepInterval{500};

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
      scratch_(kScratchBytes),
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

Now Shard::now() const {
  return read_clocks();
}

void Shard::run() {
  while (!stopping_) {
    io_.run_one();
    for (int i = 0; i < kHandlersPerTurn && io_.poll_one() > 0; ++i) {
    }
    end_turn();
  }
}

void Shard::end_turn() {
  router_.advance(now());
  // Carrying out may give the router more to say (a session that is too slow), which is soon over,
  // since each round ends sessions or changes nothing.
  do {
    carry_out_effects();
    flush_drivers();
  } while (router_.has_effects());
  sweep();
  for (const SessionId session : std::exchange(finished_, {})) drivers_.erase(session);
  session_count_.store(drivers_.size(), std::memory_order_relaxed);
  schedule();
}

void Shard::carry_out_effects() {
  router_.take_effects(effects_);
  for (auto& send : effects_.sends) {
    if (auto* driver = find(send.session)) driver->send(std::move(send.frame), send.lane);
  }
  for (const SessionId session : effects_.pings) {
    if (auto* driver = find(session)) driver->ping();
  }
  for (const SessionId session : effects_.admitted) {
    if (auto* driver = find(session))
      driver->note_admitted(config_.router.room.limits.frame_bytes_max);
  }
  for (auto& close : effects_.closes) {
    if (auto* driver = find(close.session)) {
      driver->say_goodbye(close.code, std::move(close.goodbye), close.reason);
    }
  }
  effects_.clear();
}

void Shard::flush_drivers() {
  for (std::size_t i = 0; i < with_output_.size(); ++i) {
    if (auto* driver = find(with_output_[i])) driver->flush();
  }
  with_output_.clear();
}

void Shard::sweep() {
  const Instant time = now().mono;
  if (time < next_sweep_) return;
  next_sweep_ = time + kSweepInterval;
  for (const auto& [session, driver] : drivers_) driver->sweep();
  carry_out_effects();
  flush_drivers();
}

void Shard::schedule() {
  std::optional<Instant> wake_at = router_.next_deadline();
  if (!drivers_.empty()) wake_at = wake_at ? std::min(*wake_at, next_sweep_) : next_sweep_;
  if (wake_at == wake_at_) return;
  wake_at_ = wake_at;
  if (!wake_at) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(*wake_at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) wake_at_.reset();
  });
}

WebSocketDriver* Shard::find(SessionId session) {
  const auto at = drivers_.find(session);
  return at == drivers_.end() ? nullptr : at->second.get();
}

void Shard::adopt(int socket, const CanvasId& canvas, protocol::Encoding encoding,
                  const Bytes& early) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  asio::ip::tcp::socket owned(
      io_, address.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket);
  const SessionId session = router_.open_session(canvas, now());
  auto driver = std::make_unique<WebSocketDriver>(
      std::make_unique<TcpTransport>(std::move(owned)), session, encoding, config_.outbox,
      config_.router.room.limits.hello_bytes_max, router_, static_cast<DriverHost&>(*this));
  drivers_.emplace(session, std::move(driver)).first->second->start(early);
}

void Shard::drain(std::chrono::milliseconds window) {
  router_.drain(now(), window);
}

void Shard::departed(const CanvasId& canvas, presence::Departed person, WallMs at_ms) {
  store_.save_last_seen(canvas,
                        {person.user.id, person.user.name, at_ms, std::move(person.presence)});
}

}  // namespace weft::runtime
