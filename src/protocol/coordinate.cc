// SPDX-License-Identifier: Apache-2.0
#include "protocol/coordinate.h"

#include "protocol/msgpack.h"

#include <cmath>
#include <cstdint>

namespace weft::protocol {

void append_coordinate(Bytes& out, float value) {
  if (std::abs(value) <= kWholeCoordinateMax && value == std::trunc(value)) {
    append_int(out, static_cast<std::int64_t>(value));
  } else {
    append_float(out, value);
  }
}

}  // namespace weft::protocol
