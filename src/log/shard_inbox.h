// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace weft::log {

/// Functions that wait for the shard. Any thread may put; what was put together runs together.
/// Outlives its owner for as long as somebody may still put.
class ShardInbox : public std::enable_shared_from_this<ShardInbox> {
 public:
  using Post = std::function<void(std::function<void()>)>;

  explicit ShardInbox(Post post) : post_(std::move(post)) {}

  void put(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    if (is_closed_) return;
    work_.push_back(std::move(work));
    if (work_.size() == 1) post_([self = shared_from_this()] { self->run(); });
  }
  /// On the shard. Nothing is posted or run after this.
  void close() {
    std::vector<std::function<void()>> dropped;  // destroyed without the lock
    std::lock_guard lock(mutex_);
    is_closed_ = true;
    dropped.swap(work_);
  }

 private:
  void run() {
    std::vector<std::function<void()>> work;
    {
      std::lock_guard lock(mutex_);
      work.swap(work_);
    }
    for (const auto& one : work) one();
  }

  // Protected by mutex_.
  std::mutex mutex_;
  Post post_;
  std::vector<std::function<void()>> work_;
  bool is_closed_ = false;
};

}  // namespace weft::log
