// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace weft::sim {

/// A promise was broken. Ends the run of a seed.
struct Complaint : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void complain(const std::string& sentence) {
  throw Complaint(sentence);
}

}  // namespace weft::sim
