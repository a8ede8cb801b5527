// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

namespace weft {

/// A value, or the reason why there is none. Each component has its own short list of reasons.
template <class T, class E>
using Result = std::expected<T, E>;

template <class E>
using Failure = std::unexpected<E>;

}  // namespace weft
