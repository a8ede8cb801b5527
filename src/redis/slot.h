// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstdint>

namespace weft::redis {

/// A Redis Cluster shares its keys out over this many slots.
constexpr int kSlots = 16384;

/// CRC-16/XMODEM, as Redis Cluster uses it.
[[nodiscard]] std::uint16_t crc16(ByteView bytes);

/// Of the hash tag, the text between the first { and the next }, when there is one and it is not
/// empty; otherwise of the whole key. Channels have slots like keys.
[[nodiscard]] int slot_of(ByteView key);

}  // namespace weft::redis
