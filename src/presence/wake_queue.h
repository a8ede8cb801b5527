// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/ids.h"
#include "util/time.h"

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace weft::presence {

/// Whom to look at when, the earliest first. Nobody is taken out: whoever is to be looked at
/// sooner, or not at all any more, stands here until then, so that input costs nothing.
class WakeQueue {
 public:
  struct Wake {
    Instant at;
    ActorId actor;
    auto operator<=>(const Wake&) const = default;
  };

  void add(Wake wake) { wakes_.push(wake); }
  [[nodiscard]] std::optional<Instant> first() const {
    if (wakes_.empty()) return std::nullopt;
    return wakes_.top().at;
  }
  /// The first whose moment has come, if any.
  [[nodiscard]] std::optional<Wake> take(Instant now) {
    if (wakes_.empty() || wakes_.top().at > now) return std::nullopt;
    const Wake wake = wakes_.top();
    wakes_.pop();
    return wake;
  }
  [[nodiscard]] std::size_t size() const { return wakes_.size(); }
  void clear() { wakes_ = {}; }

 private:
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
};

}  // namespace weft::presence
