// SPDX-License-Identifier: Apache-2.0
#include "protocol/ops.h"

#include "protocol/msgpack.h"
#include "protocol/text.h"

#include <algorithm>
#include <utility>

namespace weft::protocol {

namespace {

using Checked = Result<void, Rejection>;

std::string id_rule(std::string_view what) {
  std::string sentence = "The ";
  sentence += what;
  sentence += " must have 1 to " + std::to_string(kIdCharsMax) +
              " characters (id_chars_max) and no control characters.";
  return sentence;
}

/// Decodes one push, op by op. Lives as long as one call of decode_ops.
class OpsDecoder {
 public:
  OpsDecoder(ByteView raw, const Limits& limits, OpList& out)
      : reader_(raw), limits_(limits), out_(out) {}

  Checked decode() {
    const auto count = reader_.read_array();
    if (!count) return reject(ErrorCode::bad_op, "A push needs an array of ops.");
    if (*count > limits_.push_ops_max) {
      op_index_ = static_cast<std::uint32_t>(limits_.push_ops_max);
      return reject(ErrorCode::too_many,
                    "A push may have at most " + std::to_string(limits_.push_ops_max) +
                        " ops (push_ops_max); this one has " + std::to_string(*count) + ".");
    }
    for (op_index_ = 0; op_index_ < *count; ++op_index_) {
      if (auto checked = decode_op(); !checked) return checked;
    }
    return {};
  }

 private:
  Failure<Rejection> reject(ErrorCode code, std::string message) const {
    return Failure<Rejection>(Rejection{code, std::move(message), op_index_});
  }

  Checked decode_op() {
    const auto item_count = reader_.read_array();
    if (!item_count || *item_count == 0) {
      return reject(ErrorCode::bad_op, "An op is an array whose first item is its kind.");
    }
    const auto kind = reader_.read_uint();
    if (!kind) return reject(ErrorCode::bad_op, "The kind of an op is an unsigned integer.");

    std::uint32_t items_known = 0;
    Checked checked;
    switch (*kind) {
      case static_cast<std::uint64_t>(OpKind::create):
        items_known = 4;
        if (*item_count < items_known) {
          return reject(ErrorCode::bad_op, "A create op is [0, id, type, props].");
        }
        checked = decode_create();
        break;
      case static_cast<std::uint64_t>(OpKind::set):
        items_known = 3;
        if (*item_count < items_known) {
          return reject(ErrorCode::bad_op, "A set op is [1, id, props].");
        }
        checked = decode_set();
        break;
      case static_cast<std::uint64_t>(OpKind::erase):
        items_known = 2;
        if (*item_count < items_known) {
          return reject(ErrorCode::bad_op, "A delete op is [2, id].");
        }
        checked = decode_erase();
        break;
      case static_cast<std::uint64_t>(OpKind::text):
        return reject(ErrorCode::unsupported, "Text ops are reserved for a later version.");
      default:
        return reject(ErrorCode::unsupported,
                      "This server does not know ops of kind " + std::to_string(*kind) + ".");
    }
    if (!checked) return checked;
    for (std::uint32_t i = items_known; i < *item_count; ++i) {  // P4
      if (!reader_.read_value()) return reject(ErrorCode::bad_op, "An op ends too early.");
    }
    return {};
  }

  Checked decode_create() {
    Op op;
    op.kind = OpKind::create;
    if (auto checked = decode_id("id", op.id); !checked) return checked;
    if (auto checked = decode_id("type", op.type); !checked) return checked;
    if (auto checked = decode_properties(op); !checked) return checked;
    out_.ops.push_back(op);
    if (op.type == kLinkType && !(has_property(op, kFromKey) && has_property(op, kToKey))) {
      return reject(ErrorCode::bad_op, "Creating a link needs both from and to.");
    }
    return {};
  }

  Checked decode_set() {
    Op op;
    op.kind = OpKind::set;
    if (auto checked = decode_id("id", op.id); !checked) return checked;
    if (auto checked = decode_properties(op); !checked) return checked;
    out_.ops.push_back(op);
    return {};
  }

  Checked decode_erase() {
    Op op;
    op.kind = OpKind::erase;
    if (auto checked = decode_id("id", op.id); !checked) return checked;
    out_.ops.push_back(op);
    return {};
  }

  Checked decode_id(std::string_view what, std::string_view& into) {
    const auto id = reader_.read_string();
    if (!id) return reject(ErrorCode::bad_op, "The " + std::string(what) + " must be a string.");
    if (!is_valid_id(*id)) return reject(ErrorCode::bad_id, id_rule(what));
    into = *id;
    return {};
  }

  Checked decode_properties(Op& op) {
    const std::size_t start = reader_.offset();
    const auto count = reader_.read_map();
    if (!count) return reject(ErrorCode::bad_op, "The props of an op are a map.");
    op.first_property = static_cast<std::uint32_t>(out_.properties.size());
    op.property_count = *count;
    for (std::uint32_t i = 0; i < *count; ++i) {
      Property property;
      if (auto checked = decode_id("key of a property", property.key); !checked) return checked;
      const auto value = reader_.read_value();
      if (!value) return reject(ErrorCode::bad_op, "A property has no value.");
      property.value = *value;
      if (auto checked = check_reserved(op, property); !checked) return checked;
      out_.properties.push_back(property);
    }
    if (reader_.offset() - start > limits_.entity_bytes_max) {
      return reject(ErrorCode::too_large, "The props of an entity may have at most " +
                                              std::to_string(limits_.entity_bytes_max) +
                                              " bytes (entity_bytes_max).");
    }
    return sort_properties(op);
  }

  /// Neighbours are easy to compare: a map of many keys costs no more than its sorting.
  Checked sort_properties(const Op& op) {
    const auto first = out_.properties.begin() + op.first_property;
    std::sort(first, out_.properties.end(),
              [](const Property& a, const Property& b) { return a.key < b.key; });
    const auto twin =
        std::adjacent_find(first, out_.properties.end(),
                           [](const Property& a, const Property& b) { return a.key == b.key; });
    if (twin == out_.properties.end()) return {};
    return reject(ErrorCode::bad_op, "The key " + std::string(twin->key) + " is there twice.");
  }

  bool has_property(const Op& op, std::string_view key) const {
    const auto properties = out_.properties_of(op);
    return std::any_of(properties.begin(), properties.end(),
                       [key](const Property& property) { return property.key == key; });
  }

  Checked check_reserved(const Op& op, const Property& property) const {
    if (property.key == kFromKey || property.key == kToKey) return check_link_end(op, property);
    if (property.key == kParentKey) return check_parent(op, property);
    return {};
  }

  Checked check_link_end(const Op& op, const Property& property) const {
    const std::string key(property.key);
    if (op.kind == OpKind::create && op.type != kLinkType) {
      return reject(ErrorCode::bad_op, "Only a link has " + key + ".");
    }
    MsgpackReader value(property.value);
    const auto id = value.read_string();
    if (!id) return reject(ErrorCode::bad_op, key + " must be the id of an entity.");
    if (!is_valid_id(*id)) return reject(ErrorCode::bad_id, id_rule("id in " + key));
    if (*id == op.id) return reject(ErrorCode::bad_reference, "A link cannot join itself.");
    return {};
  }

  Checked check_parent(const Op& op, const Property& property) const {
    if (op.kind == OpKind::create && op.type == kLinkType) {
      return reject(ErrorCode::bad_op, "A link has no parent.");
    }
    MsgpackReader value(property.value);
    if (value.peek() == ValueKind::nil) return {};
    constexpr std::string_view kShape = "parent must be [parent id or nil, index string] or nil.";
    const auto count = value.read_array();
    if (!count || *count != 2) return reject(ErrorCode::bad_op, std::string(kShape));
    if (value.peek() == ValueKind::nil) {
      if (!value.read_nil()) return reject(ErrorCode::bad_op, std::string(kShape));
    } else {
      const auto id = value.read_string();
      if (!id) return reject(ErrorCode::bad_op, std::string(kShape));
      if (!is_valid_id(*id)) return reject(ErrorCode::bad_id, id_rule("id in parent"));
      if (*id == op.id) return reject(ErrorCode::cycle, "An entity cannot be its own parent.");
    }
    const auto index = value.read_string();
    if (!index) return reject(ErrorCode::bad_op, std::string(kShape));
    if (count_characters(*index) > kIndexCharsMax) {
      return reject(ErrorCode::bad_op, "The index in parent may have at most " +
                                           std::to_string(kIndexCharsMax) + " characters.");
    }
    return {};
  }

  MsgpackReader reader_;
  const Limits& limits_;
  OpList& out_;
  std::uint32_t op_index_ = 0;
};

void append_properties(Bytes& out, std::span<const Property> properties) {
  append_map(out, static_cast<std::uint32_t>(properties.size()));
  for (const Property& property : properties) {
    append_string(out, property.key);
    out.append(property.value);
  }
}

}  // namespace

Result<void, Rejection> decode_ops(ByteView raw, const Limits& limits, OpList& out) {
  out.clear();
  return OpsDecoder(raw, limits, out).decode();
}

void append_create(Bytes& out, std::string_view id, std::string_view type,
                   std::span<const Property> properties) {
  append_array(out, 4);
  append_uint(out, static_cast<std::uint64_t>(OpKind::create));
  append_string(out, id);
  append_string(out, type);
  append_properties(out, properties);
}

void append_set(Bytes& out, std::string_view id, std::span<const Property> properties) {
  append_array(out, 3);
  append_uint(out, static_cast<std::uint64_t>(OpKind::set));
  append_string(out, id);
  append_properties(out, properties);
}

void append_erase(Bytes& out, std::string_view id) {
  append_array(out, 2);
  append_uint(out, static_cast<std::uint64_t>(OpKind::erase));
  append_string(out, id);
}

Parent decode_parent(ByteView value) {
  Parent parent;
  MsgpackReader reader(value);
  if (!reader.read_array()) return parent;
  if (reader.peek() == ValueKind::nil) {
    if (!reader.read_nil()) return parent;
  } else if (const auto id = reader.read_string()) {
    parent.id = *id;
  }
  if (const auto index = reader.read_string()) parent.index = *index;
  return parent;
}

void append_parent(Bytes& out, const Parent& parent) {
  append_array(out, 2);
  if (parent.id.empty()) {
    append_nil(out);
  } else {
    append_string(out, parent.id);
  }
  append_string(out, parent.index);
}

}  // namespace weft::protocol
