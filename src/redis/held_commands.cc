// SPDX-License-Identifier: Apache-2.0
#include "redis/held_commands.h"

#include <utility>

namespace weft::redis {

void HeldCommands::hold(int slot, std::size_t under_way) {
  slots_[slot].under_way = under_way;
}

void HeldCommands::add(Command command) {
  auto& commands = slots_.at(command.slot).commands;
  commands.emplace(command.number, std::move(command));
}

bool HeldCommands::begin_loading(int slot) {
  return !std::exchange(slots_.at(slot).is_loading, true);
}

void HeldCommands::answered(int slot) {
  const auto found = slots_.find(slot);
  if (found != slots_.end() && found->second.under_way > 0) --found->second.under_way;
}

std::vector<Command> HeldCommands::take_ready() {
  std::vector<Command> ready;
  for (auto place = slots_.begin(); place != slots_.end();) {
    Slot& slot = place->second;
    if (slot.under_way > 0 || slot.waits > 0) {
      ++place;
      continue;
    }
    for (auto& [number, command] : slot.commands) ready.push_back(std::move(command));
    place = slots_.erase(place);
  }
  return ready;
}

}  // namespace weft::redis
