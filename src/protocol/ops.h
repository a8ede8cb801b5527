// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/codes.h"
#include "protocol/limits.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::protocol {

enum class OpKind : std::uint8_t {
  create = 0,  // [0, id, type, props]
  set = 1,     // [1, id, props]
  erase = 2,   // [2, id]
  text = 3,    // [3, id, key, bytes], reserved: refused as unsupported
};

/// One property: its key and its value as one complete, validated MessagePack value. nil removes
/// it.
struct Property {
  std::string_view key;
  ByteView value;
};

struct Op {
  OpKind kind = OpKind::create;
  std::string_view id;
  std::string_view type;             // create only
  std::uint32_t first_property = 0;  // range in OpList::properties
  std::uint32_t property_count = 0;
};

/// The ops of one push, decoded. All views point into the bytes they were decoded from. Reusable:
/// clear() keeps the capacity, so that decoding allocates nothing in the steady state.
struct OpList {
  std::vector<Op> ops;
  std::vector<Property> properties;

  [[nodiscard]] std::span<const Property> properties_of(const Op& op) const {
    return {properties.data() + op.first_property, op.property_count};
  }
  void clear() {
    ops.clear();
    properties.clear();
  }
};

/// Why a push is refused. `message` is a sentence for people that names the limit where there is
/// one.
struct Rejection {
  ErrorCode code = ErrorCode::bad_op;
  std::string message;
  std::uint32_t op_index = 0;
};

/// Decodes and checks the shape of `raw`, one validated MessagePack value that should be an array
/// of ops: ids, keys and types (1–kIdCharsMax characters), counts, reserved properties (`from` and
/// `to` are ids and on links only, both needed by create; `parent` is [id or nil, index string] or
/// nil, and on nodes only), an entity as its own parent or link end. An op's properties come out in
/// byte order of their keys, each key once. What depends on the document is concept::Document's to
/// check. A link is an entity of type `link`; a set does not say the type, so Document checks what
/// set does to reserved properties.
[[nodiscard]] Result<void, Rejection> decode_ops(ByteView raw, const Limits& limits, OpList& out);

/// Appends one op, encoded. The array header around a list is the caller's (see msgpack.h).
void append_create(Bytes& out, std::string_view id, std::string_view type,
                   std::span<const Property> properties);
void append_set(Bytes& out, std::string_view id, std::span<const Property> properties);
void append_erase(Bytes& out, std::string_view id);

/// `parent`, decoded: the parent's id, empty for the root, and the fractional index among its
/// children.
struct Parent {
  std::string_view id;
  std::string_view index;
};
/// Requires: `value` passed decode_ops as a `parent` property and is not nil.
[[nodiscard]] Parent decode_parent(ByteView value);
void append_parent(Bytes& out, const Parent& parent);

inline constexpr std::string_view kLinkType = "link";
inline constexpr std::string_view kFromKey = "from";
inline constexpr std::string_view kToKey = "to";
inline constexpr std::string_view kParentKey = "parent";

}  // namespace weft::protocol
