// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/backoff.h"
#include "redis/link.h"
#include "redis/slot_map.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::redis {

/// Finds out which masters there are: from Sentinels, or from the nodes of a cluster. Asks one
/// after the other over a connection of its own until one knows. A Sentinel that is behind the last
/// failover is believed only when no other answers. Lives on the client's shard.
class Locator final : private LinkEvents {
 public:
  /// With Sentinel there is one range with all slots.
  using Found = std::function<void(const std::vector<SlotRange>& ranges)>;

  /// `surroundings` outlives it. `found` is called on the shard, never from inside a call.
  Locator(Surroundings& surroundings, Found found);
  ~Locator() override;

  /// Soon, but not twice within 200 ms, and until it is found. `known` are tried before the places
  /// of the URL.
  void look(std::vector<Endpoint> known);
  /// When the last look began.
  [[nodiscard]] Instant looked_at() const { return began_at_; }
  /// Why nothing has been found, as a sentence; empty when the last look has found it.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  void begin();
  void ask_next();
  void failed(const std::string& why);
  void link_up() override;
  void link_answered(Command command, Answer answer) override;
  void link_pushed(Answer answer) override;
  void link_ended(const std::string& why) override;
  void take_slots(const Answer& answer);
  void take_master(const Answer& answer);
  void found(const std::vector<SlotRange>& ranges);
  void found_master(const NamedMaster& master);

  Surroundings& surroundings_;
  Found found_;
  std::vector<Endpoint> known_;
  std::vector<Endpoint> places_;  // of this look, in order
  std::size_t next_place_ = 0;
  std::size_t first_seed_ = 0;  // so that a Sentinel that is wrong is not the first again
  bool is_looking_ = false;     // or is about to
  Instant began_at_{};
  std::uint64_t known_epoch_ = 0;        // of the master that was found last
  std::optional<NamedMaster> outdated_;  // the best of this look that is older than that
  Backoff backoff_;
  Timer begin_timer_;
  Timer answer_timer_;
  std::shared_ptr<Link> link_;
  std::string trouble_ = "not looked for yet";
};

}  // namespace weft::redis
