// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace weft::test {

/// A shard's queue of posted functions, run by the test. Any thread may post.
class PostedWork {
 public:
  void post(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    ++posted_;
    changed_.notify_all();
  }
  /// For what takes a Post.
  std::function<void(std::function<void()>)> poster() {
    return [this](std::function<void()> work) { post(std::move(work)); };
  }
  /// Runs what was posted until now; false if there was nothing.
  bool run_pending() {
    std::deque<std::function<void()>> work;
    {
      std::lock_guard lock(mutex_);
      work.swap(queue_);
    }
    for (auto& one : work) one();
    return !work.empty();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !queue_.empty(); });
  }
  /// How often something was posted, ever.
  [[nodiscard]] std::size_t posted() {
    std::lock_guard lock(mutex_);
    return posted_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::size_t posted_ = 0;
};

}  // namespace weft::test
