// SPDX-License-Identifier: Apache-2.0
#include "runtime/shard.h"

#include "runtime/clock.h"
#include "runtime/tcp_transport.h"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <pthread.h>
#include <random>
#include <utility>

namespace weft::runtime {

namespace asio = boost::asio;

namespace {

// Handlers that run before the turn ends, so that under load the tick still comes.
constexpr int kHandlersPerTurn = 512;
// While turns follow closely on each other, one begins only so long after the one before: what
// arrives meanwhile costs one wake-up together, and a tick is far longer.
constexpr std::chrono::milliseconds kBusyTurn{2};
// The share of its core that a shard spends is that of so long a time.
constexpr std::chrono::seconds kLoadInterval{1};
// How often the backplane is asked how it does.
constexpr std::chrono::milliseconds kTroubleInterval{200};
// For the last words to other instances.
constexpr std::chrono::milliseconds kLeaveTime{1'000};
constexpr std::chrono::milliseconds kLeavePoll{20};

}  // namespace

Shard::Shard(const ShardConfig& config, const connection::Authenticator& authenticator,
             store::Store* store, const BackplaneMaker& make_backplane, std::uint64_t seed)
    : config_(config),
      store_(store),
      work_(asio::make_work_guard(io_)),
      poller_(io_),
      backplane_(
          make_backplane(io_, [this](std::function<void()> work) { post(std::move(work)); })),
      router_(config.router, authenticator, backplane_->log(), backplane_->bus(),
              config.keeps_last_seen && store != nullptr ? this : nullptr, seed),
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
  Instant began_before{};
  while (!stopping_) {
    poller_.arm();
    io_.run_one();
    const Instant began = read_clocks().mono;
    for (int i = 0; i < kHandlersPerTurn && io_.poll_one() > 0; ++i) {
    }
    poller_.poll();
    end_turn();
    session_count_.store(drivers_.size(), std::memory_order_relaxed);
    schedule();
    const bool has_more = poller_.has_more() || drivers_.has_leftovers();
    if (!has_more && began - began_before < 2 * kBusyTurn) {
      std::this_thread::sleep_until(began + kBusyTurn);
    }
    began_before = began;
  }
  leave();
}

void Shard::end_turn() {
  const Now now = read_clocks();
  note_load(now.mono);
  backplane_->advance(now);
  drivers_.end_turn();
  backplane_->flush();
  note_trouble(now.mono);
}

void Shard::note_load(Instant now) {
  if (now - load_noted_at_ < kLoadInterval) return;
  const std::chrono::duration<double> used = read_thread_time() - time_used_;
  const std::chrono::duration<double> passed = now - load_noted_at_;
  router_.note_busy_share(used / passed);
  load_noted_at_ = now;
  time_used_ += std::chrono::duration_cast<std::chrono::nanoseconds>(used);
}

/// The others learn that this instance's people are on their way, and what is under way arrives.
void Shard::leave() {
  router_.shut_down(read_clocks());
  const Instant deadline = read_clocks().mono + kLeaveTime;
  backplane_->flush();
  while (!backplane_->is_idle() && read_clocks().mono < deadline) {
    io_.run_one_for(kLeavePoll);
    backplane_->advance(read_clocks());
    backplane_->flush();
  }
}

void Shard::note_trouble(Instant now) {
  if (now < next_look_for_trouble_) return;
  next_look_for_trouble_ = now + kTroubleInterval;
  std::string trouble = backplane_->trouble();
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
}

std::string Shard::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Shard::schedule() {
  std::optional<Instant> wake_at = drivers_.next_deadline();
  if (const auto other = backplane_->next_deadline(); other && (!wake_at || *other < *wake_at)) {
    wake_at = other;
  }
  // Waking too early costs a turn that finds nothing; rearming for later would cost one each time.
  if (!wake_at || (wake_at_ && *wake_at >= *wake_at_)) return;
  wake_at_ = wake_at;
  timer_.expires_at(*wake_at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) wake_at_.reset();
  });
}

void Shard::adopt(int socket, const CanvasId& canvas, protocol::Form form, const Bytes& early) {
  drivers_.adopt(std::make_unique<TcpTransport>(socket, poller_), canvas, form, early);
}

void Shard::drain(std::chrono::milliseconds window) {
  router_.drain(read_clocks(), window);
}

void Shard::departed(const CanvasId& canvas, presence::Departed person, WallMs at_ms) {
  if (!store_->is_available()) return;  // a convenience must not fill the memory during an outage
  store_->save_last_seen(canvas,
                         {person.user.id, person.user.name, at_ms, std::move(person.presence)});
}

}  // namespace weft::runtime
