// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <vector>

namespace weft::runtime {

/// Work that other threads hand to a loop. Only the first post after the loop has emptied it wakes
/// the loop, so a group commit that answers a thousand pushes costs one wake-up.
class Mailbox {
 public:
  using Letter = std::function<void()>;

  /// Any thread. True: the loop has to be woken.
  [[nodiscard]] bool post(Letter letter) {
    const std::lock_guard lock(mutex_);
    letters_.push_back(std::move(letter));
    return letters_.size() == 1;
  }

  /// The loop's thread: runs what was posted before the call, in order.
  void run() {
    {
      const std::lock_guard lock(mutex_);
      running_.swap(letters_);
    }
    for (const Letter& letter : running_) letter();
    running_.clear();
  }

 private:
  std::vector<Letter> running_;  // the loop's own
  std::mutex mutex_;
  // Protected by mutex_:
  std::vector<Letter> letters_;
};

}  // namespace weft::runtime
