// SPDX-License-Identifier: Apache-2.0
#include "redis/probe.h"

#include <algorithm>

namespace weft::redis {

void Probe::commands_up(Instant now) {
  has_commands_ = true;
  // A probe that could not be sent until now gets its time.
  proven_at_ = std::max(proven_at_, now - deadline_ + 2 * interval_);
}

void Probe::commands_down() {
  has_commands_ = false;
  is_proven_ = false;
  sent_.clear();
}

void Probe::subscriber_up(Instant now) {
  has_subscriber_ = true;
  proven_at_ = now;
  sent_.clear();
}

void Probe::subscriber_down() {
  has_subscriber_ = false;
  is_proven_ = false;
  sent_.clear();
}

Probe::Step Probe::tick(Instant now) {
  // When we were late ourselves, what came meanwhile has not been read yet.
  if (last_tick_ && now - *last_tick_ > 2 * interval_) {
    proven_at_ += now - *last_tick_ - interval_;
  }
  last_tick_ = now;
  Step step;
  if (!has_subscriber_) return step;
  if (now - proven_at_ >= deadline_) {
    const bool is_answered = sent_.empty() || sent_.front().is_published;
    step.verdict = is_answered ? Verdict::subscriber_is_deaf : Verdict::node_is_mute;
    return step;
  }
  if (has_commands_) step.publish = send(now);
  return step;
}

std::optional<std::uint64_t> Probe::begin(Instant now) {
  if (!has_commands_ || !has_subscriber_ || is_proven_) return std::nullopt;
  return send(now);
}

std::uint64_t Probe::send(Instant now) {
  const std::uint64_t number = next_number_++;
  sent_.push_back({.number = number, .at = now});
  return number;
}

void Probe::published(std::uint64_t number) {
  for (Sent& sent : sent_) {
    if (sent.number == number) sent.is_published = true;
  }
}

void Probe::heard(std::uint64_t number) {
  while (!sent_.empty() && sent_.front().number <= number) {
    if (sent_.front().number == number) {
      proven_at_ = std::max(proven_at_, sent_.front().at);
      is_proven_ = true;
    }
    sent_.pop_front();
  }
}

}  // namespace weft::redis
