// SPDX-License-Identifier: Apache-2.0
#include "load/schedule.h"

namespace weft::load {

std::optional<Schedule::Slot> Schedule::take(Instant now) {
  if (rate_ <= 0) return std::nullopt;
  const Instant at = time_of(next_);
  if (at > now) return std::nullopt;
  return Slot{next_++, at};
}

std::optional<Instant> Schedule::next() const {
  if (rate_ <= 0) return std::nullopt;
  return time_of(next_);
}

Instant Schedule::time_of(std::uint64_t number) const {
  // From the number, not from the slot before: rounding does not add up.
  const std::chrono::duration<double, std::nano> exact(static_cast<double>(number) * 1e9 / rate_);
  auto offset = std::chrono::duration_cast<std::chrono::nanoseconds>(exact);
  if (step_.count() > 0) offset -= offset % step_;
  return begin_ + offset;
}

}  // namespace weft::load
