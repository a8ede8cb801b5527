// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace weft::router {

/// What a buffer may keep from tick to tick, so that the steady state allocates nothing and one big
/// batch is not paid for until the room closes.
inline constexpr std::size_t kKeptBytesMax = std::size_t{256} * 1024;

template <class Buffer>
void clear_kept(Buffer& buffer) {
  buffer.clear();
  if (buffer.capacity() * sizeof(typename Buffer::value_type) > kKeptBytesMax) {
    Buffer().swap(buffer);  // an empty string that is assigned gives nothing back
  }
}

}  // namespace weft::router
