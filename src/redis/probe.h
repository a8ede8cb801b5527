// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace weft::redis {

/// Whether messages really arrive: numbered messages are published on a node's command link and
/// have to come out of its subscriber link. A link may be open, and even answer, while the other
/// hears nothing. Pure; one per node.
class Probe {
 public:
  /// Judges a node by the probes sent within `deadline`; looked at once each `interval`.
  Probe(std::chrono::milliseconds interval, std::chrono::milliseconds deadline)
      : interval_(interval), deadline_(deadline) {}

  enum class Verdict : std::uint8_t {
    fine,
    subscriber_is_deaf,  // what was published did not come, or nothing could be published at all
    node_is_mute,        // not even the publishing was answered
  };
  struct Step {
    Verdict verdict = Verdict::fine;
    std::optional<std::uint64_t> publish;  // the number to publish now
  };

  void commands_up(Instant now);
  void commands_down();
  /// Or it listens to another channel from now on.
  void subscriber_up(Instant now);
  void subscriber_down();
  /// The number to publish at once when both links have just come up, so that the proof comes
  /// early.
  [[nodiscard]] std::optional<std::uint64_t> begin(Instant now);
  /// Every interval. After a verdict the link in question goes down.
  [[nodiscard]] Step tick(Instant now);
  /// The publishing was answered, well or not.
  void published(std::uint64_t number);
  /// The message came.
  void heard(std::uint64_t number);

  /// Both links are up and a probe has made the round trip since they are.
  [[nodiscard]] bool is_proven() const { return is_proven_; }

 private:
  struct Sent {
    std::uint64_t number;
    Instant at;
    bool is_published = false;
  };

  std::uint64_t send(Instant now);

  std::chrono::milliseconds interval_;
  std::chrono::milliseconds deadline_;
  bool has_commands_ = false;
  bool has_subscriber_ = false;
  bool is_proven_ = false;
  Instant proven_at_{};  // or when the proof began to be due
  std::optional<Instant> last_tick_;
  std::uint64_t next_number_ = 1;
  std::deque<Sent> sent_;  // unheard, oldest first; a verdict comes before there are many
};

}  // namespace weft::redis
