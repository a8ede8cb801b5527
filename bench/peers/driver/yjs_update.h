// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deliveries.h"
#include "person.h"
#include "util/bytes.h"

#include <cstdint>
#include <string_view>

namespace weft::peers {

// As much of Yjs's update format (version 1) as a person needs who sets one key of a root Y.Map
// again and again, and of lib0's encoding below it.

void append_var_uint(Bytes& out, std::uint64_t value);
/// A string or bytes behind their length.
void append_var_bytes(Bytes& out, ByteView bytes);

/// Appends the update of `map.set(key, {x, y})` by the Yjs client `client`, whose item number
/// `clock` this is, and item `clock - 1` the value of the same key before.
void append_map_set(Bytes& out, std::uint64_t client, std::uint64_t clock, std::string_view map,
                    std::string_view key, std::uint32_t x, std::uint32_t y);

/// Counts each {x, y} in the bytes of an update, however many were merged into it.
void count_map_sets(ByteView update, const Person& receiver, Deliveries& deliveries);

}  // namespace weft::peers
