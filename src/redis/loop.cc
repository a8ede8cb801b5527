// SPDX-License-Identifier: Apache-2.0
#include "redis/loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <utility>

namespace weft::redis {

struct Timer::State {
  explicit State(boost::asio::io_context& io) : timer(io) {}
  boost::asio::steady_timer timer;
  // Asio may have queued the call when we stop; the number tells that it is not meant any more.
  std::uint64_t started = 0;
  std::function<void()> then;
};

Timer::Timer(boost::asio::io_context& io) : state_(std::make_shared<State>(io)) {}

Timer::~Timer() {
  stop();
}

void Timer::start(std::chrono::milliseconds after, std::function<void()> then) {
  state_->then = std::move(then);
  state_->timer.expires_after(after);
  state_->timer.async_wait(
      [state = state_, number = ++state_->started](const boost::system::error_code&) {
        if (number != state->started || !state->then) return;
        std::exchange(state->then, nullptr)();
      });
}

void Timer::stop() {
  ++state_->started;
  state_->then = nullptr;
  state_->timer.cancel();
}

void post(boost::asio::io_context& io, std::function<void()> work) {
  boost::asio::post(io, std::move(work));
}

}  // namespace weft::redis
