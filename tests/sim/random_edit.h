// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/random.h"
#include "util/bytes.h"

#include <cstddef>

namespace weft::sim {

/// The ops of one push, a raw value: creates, sets, moves and deletes over few ids, so that clients
/// meet each other all the time; among them links to nothing and parents in a circle.
[[nodiscard]] Bytes random_edit(Random& random, std::size_t text_bytes_max);

/// Something that the server refuses for its shape.
[[nodiscard]] Bytes misshapen_edit(Random& random);

}  // namespace weft::sim
