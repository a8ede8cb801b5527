// SPDX-License-Identifier: Apache-2.0
// What the TypeScript client sends, byte for byte in its form.
#pragma once

#include "util/bytes.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::bench {

[[nodiscard]] Bytes hello(std::string_view client);
/// 12 bytes.
[[nodiscard]] Bytes cursor(float x, float y);
[[nodiscard]] Bytes view(float x0, float y0, float x1, float y1);

/// The ids of entities are 21 characters, like the client's.
[[nodiscard]] std::string entity_id(std::uint64_t number);
void append_create(Bytes& ops, std::string_view id, std::uint64_t number);
void append_move(Bytes& ops, std::string_view id, std::uint64_t x, std::uint64_t y);
/// The raw array of `count` ops.
[[nodiscard]] Bytes op_array(std::uint32_t count, std::string_view ops);
[[nodiscard]] Bytes push(std::uint64_t n, std::string_view op_array);

/// One message in a masked binary frame, as a browser sends it.
[[nodiscard]] Bytes client_frame(std::string_view message);

}  // namespace weft::bench
