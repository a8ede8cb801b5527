// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/link.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace weft::redis {

/// Commands that a node bounced without carrying them out (NOSCRIPT, MOVED, ASK, TRYAGAIN), and all
/// later ones of the same slot. They wait until everything of the slot that is still under way is
/// answered, so that the bounced ones are together, and then go out again in the order of the
/// calls. Pure.
class HeldCommands {
 public:
  [[nodiscard]] bool holds(int slot) const { return slots_.contains(slot); }
  /// From now on the slot is held. `under_way` of its commands are still unanswered.
  void hold(int slot, std::size_t under_way);
  /// Requires for all: holds(slot).
  void add(Command command);
  /// Something else that has to happen before the slot goes on; as often done_waiting.
  void wait(int slot) { ++slots_.at(slot).waits; }
  void done_waiting(int slot) { --slots_.at(slot).waits; }
  /// True for the first to ask since the slot is held: load the scripts only once.
  [[nodiscard]] bool begin_loading(int slot);
  /// One that was under way has been answered, or is lost. Does nothing for slots that are not
  /// held.
  void answered(int slot);

  /// The commands of slots that wait for nothing any more, which are no longer held.
  [[nodiscard]] std::vector<Command> take_ready();

 private:
  struct Slot {
    std::map<std::uint64_t, Command> commands;  // by number
    std::size_t under_way = 0;
    int waits = 0;
    bool is_loading = false;
  };

  std::map<int, Slot> slots_;
};

}  // namespace weft::redis
