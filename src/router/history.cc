// SPDX-License-Identifier: Apache-2.0
#include "router/history.h"

#include <cassert>

namespace weft::router {

void History::reset(std::uint64_t seq, protocol::Sum sum) {
  floor_seq_ = seq;
  floor_sum_ = sum;
  bytes_ = 0;
  pushes_.clear();
}

void History::add(std::uint64_t seq, protocol::Sum sum, ByteView message) {
  assert(seq == floor_seq_ + pushes_.size() + 1);
  static_cast<void>(seq);
  pushes_.push_back({sum, Bytes(message)});
  bytes_ += message.size();
  while (pushes_.size() > limits_.pushes_max || bytes_ > limits_.bytes_max) {
    bytes_ -= pushes_.front().message.size();
    floor_sum_ = pushes_.front().sum;
    ++floor_seq_;
    pushes_.pop_front();
  }
}

std::optional<protocol::Sum> History::sum_at(std::uint64_t seq) const {
  if (seq < floor_seq_ || seq > floor_seq_ + pushes_.size()) return std::nullopt;
  if (seq == floor_seq_) return floor_sum_;
  return pushes_[seq - floor_seq_ - 1].sum;
}

}  // namespace weft::router
