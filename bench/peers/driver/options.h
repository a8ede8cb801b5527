// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire.h"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace weft::peers {

/// One run: who is driven, and with what.
struct Options {
  std::string wire;
  std::string hello;
  /// Instances of the server; each room's people are spread over them.
  std::vector<std::uint16_t> ports;
  /// Whose CPU time and memory count as the server's.
  std::vector<pid_t> processes;
  Deed deed = Deed::cursors;
  std::uint32_t rooms = 1;
  std::uint32_t people = 2;
  /// In each room, evenly spread: whose deliveries are counted, and stand for all. The others, once
  /// they have joined, take frames off their sockets unseen. 0: everybody.
  std::uint32_t listeners = 0;
  double rate = 20;
  double warm_up_seconds = 1.5;
  double seconds = 5;
};

/// Reads the command line. Ends the program with a sentence when something is wrong with it.
[[nodiscard]] Options parse_options(int argc, char** argv);

}  // namespace weft::peers
