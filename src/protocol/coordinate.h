// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

namespace weft::protocol {

/// Up to here every integer is a float32, and its integer form is never longer.
inline constexpr float kWholeCoordinateMax = 1 << 24;

/// A whole number up to 2^24 goes as an integer, anything else as float32.
void append_coordinate(Bytes& out, float value);

}  // namespace weft::protocol
