// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace weft::sim {

/// Who reaches whom: instances each other, and what they share.
class SimNet {
 public:
  /// The instance reaches nothing at all until then.
  void cut_off(std::size_t instance, Instant until) { cut_[instance] = until; }
  /// Two instances do not hear each other until then.
  void part(std::size_t a, std::size_t b, Instant until) {
    parted_[{std::min(a, b), std::max(a, b)}] = until;
  }
  /// Nobody reaches the log until then.
  void stop_log(Instant until) { log_until_ = until; }
  void heal() {
    cut_.clear();
    parted_.clear();
    log_until_ = {};
  }

  [[nodiscard]] bool is_cut_off(std::size_t instance, Instant now) const {
    const auto found = cut_.find(instance);
    return found != cut_.end() && now < found->second;
  }
  [[nodiscard]] bool hear_each_other(std::size_t a, std::size_t b, Instant now) const {
    const auto found = parted_.find({std::min(a, b), std::max(a, b)});
    return !is_cut_off(a, now) && !is_cut_off(b, now) &&
           (found == parted_.end() || now >= found->second);
  }
  [[nodiscard]] bool reaches_log(std::size_t instance, Instant now) const {
    return !is_cut_off(instance, now) && now >= log_until_;
  }

 private:
  std::map<std::size_t, Instant> cut_;
  std::map<std::pair<std::size_t, std::size_t>, Instant> parted_;
  Instant log_until_{};
};

}  // namespace weft::sim
