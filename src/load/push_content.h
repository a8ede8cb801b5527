// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/stamp.h"
#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::load {

// What the pushes of a run say. The same arguments make the same bytes, so that a push can be sent
// again. Each appends one complete push message.

/// A person's push `n`: moves the person's own entity, and creates it when `creates`. Its property
/// `at` carries the stamp.
void append_person_push(Bytes& out, std::string_view client, std::uint64_t n, bool creates,
                        Stamp stamp);

/// Creates the entities `first` … `first + count - 1` of a canvas, about 60 bytes each.
void append_furnishing(Bytes& out, std::uint64_t n, std::size_t first, std::size_t count);

/// The stamp in effective ops; nothing when they are not a person's push of a run.
[[nodiscard]] std::optional<Stamp> read_push_stamp(ByteView ops);

}  // namespace weft::load
