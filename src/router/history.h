// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/messages.h"
#include "util/bytes.h"

#include <boost/container/deque.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::router {

/// The newest pushes of a canvas as everyone received them, for those who come back. Covers every
/// seq after floor() without holes. Bounded; the oldest go first.
class History {
 public:
  struct Limits {
    std::size_t pushes_max = 4'000;
    std::size_t bytes_max = 4 << 20;
  };
  explicit History(const Limits& limits) : limits_(limits) {}

  /// Starts over at a place in the log from which on everything is going to be added.
  void reset(std::uint64_t seq, protocol::Sum sum);
  /// `message` is the complete ops message of the push after the newest one.
  void add(std::uint64_t seq, protocol::Sum sum, ByteView message);

  /// The seq before the oldest push that is kept.
  [[nodiscard]] std::uint64_t floor() const { return floor_seq_; }
  /// The log's sum at `seq`, or nothing when the history does not reach there.
  [[nodiscard]] std::optional<protocol::Sum> sum_at(std::uint64_t seq) const;
  /// Calls `take(message)` for each push after `seq`, in order. Requires: sum_at(seq).
  template <class Take>
  void for_each_after(std::uint64_t seq, Take take) const {
    for (std::size_t i = seq - floor_seq_; i < pushes_.size(); ++i)
      take(ByteView(pushes_[i].message));
  }

 private:
  struct Push {
    protocol::Sum sum = 0;
    Bytes message;
  };
  Limits limits_;
  std::uint64_t floor_seq_ = 0;
  protocol::Sum floor_sum_ = 0;
  std::size_t bytes_ = 0;
  boost::container::deque<Push> pushes_;  // pushes_[i] has seq floor_seq_ + 1 + i
};

}  // namespace weft::router
