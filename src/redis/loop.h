// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace weft::redis {

/// Calls back once on the shard, after a while. Never after its end, nor after stop().
class Timer {
 public:
  explicit Timer(boost::asio::io_context& io);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Instead of what it waited for before.
  void start(std::chrono::milliseconds after, std::function<void()> then);
  void stop();

 private:
  struct State;

  std::shared_ptr<State> state_;
};

/// Runs `work` on the shard, after what runs now.
void post(boost::asio::io_context& io, std::function<void()> work);

}  // namespace weft::redis
