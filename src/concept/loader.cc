// SPDX-License-Identifier: Apache-2.0
#include "concept/loader.h"

#include <limits>

namespace weft::concept_sync {

namespace {

using protocol::DecodeError;

Failure<DecodeError> refuse(std::string_view what, std::size_t offset) {
  return Failure<DecodeError>({what, offset});
}

/// Limits that let every entity pass; see Document::load_part.
const protocol::Limits& no_limits() {
  static const protocol::Limits limits = [] {
    protocol::Limits highest;
    highest.entity_bytes_max = std::numeric_limits<std::size_t>::max();
    return highest;
  }();
  return limits;
}

}  // namespace

Loader::Checked Loader::load_part(std::uint32_t count, ByteView entities) {
  protocol::MsgpackReader reader(entities);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t offset = reader.offset();
    const auto raw = reader.read_value();
    if (!raw) return Failure<DecodeError>(raw.error());
    if (auto checked = load_entity(*raw, offset); !checked) return checked;
  }
  if (!reader.at_end()) {
    return refuse("The part holds more bytes than its entities.", reader.offset());
  }
  return {};
}

Loader::Checked Loader::load_entity(ByteView raw, std::size_t offset) {
  constexpr std::string_view kArrayOfThree = "\x93";
  if (!raw.starts_with(kArrayOfThree)) {
    return refuse("An entity is an array of id, type and properties.", offset);
  }
  // An entity at rest is a create op without its kind, so the same code judges both.
  constexpr std::string_view kOneCreateOp("\x91\x94\x00", 3);
  scratch_.assign(kOneCreateOp);
  scratch_.append(raw.substr(kArrayOfThree.size()));
  if (!protocol::decode_ops(scratch_, no_limits(), ops_)) {
    return refuse("An entity is not one that an op can create.", offset);
  }
  const protocol::Op& op = ops_.ops.front();
  if (!loaded_.empty() && op.id <= loaded_.back()->id) {
    return refuse("The entities are not in byte order of their ids.", offset);
  }
  Entity& entity = table_.add(table_.end(), op.id, op.type);
  table_.write(entity, ops_.properties_of(op));
  table_.keep();
  loaded_.push_back(&entity);

  scratch_.clear();
  append_entity(scratch_, entity);
  if (scratch_ != raw) return refuse("An entity is not in the form of a snapshot.", offset);
  return {};
}

Result<bool, DecodeError> Loader::finish(std::size_t entities_max) {
  for (; joined_ < loaded_.size() && entities_max > 0; ++joined_, --entities_max) {
    if (auto checked = join(*loaded_[joined_]); !checked) return Failure(checked.error());
  }
  table_.keep();
  if (joined_ < loaded_.size()) return false;
  if (!every_node_is_below_a_root()) return refuse("Parents form a circle.", 0);
  return true;
}

Loader::Checked Loader::join(Entity& entity) {
  const auto id_in = [&entity](std::string_view key) -> std::string_view {
    protocol::MsgpackReader reader(*entity.properties.find(key));
    return reader.read_string().value_or(std::string_view());
  };
  References references;
  if (entity.is_link) {
    references.from = node_named(id_in(protocol::kFromKey));
    references.to = node_named(id_in(protocol::kToKey));
    if (references.from == nullptr || references.to == nullptr) {
      return refuse("A link joins what is not there.", 0);
    }
  } else if (const auto value = entity.properties.find(protocol::kParentKey)) {
    const protocol::Parent parent = protocol::decode_parent(*value);
    if (parent.id.empty()) return {};
    references.parent = node_named(parent.id);
    if (references.parent == nullptr) return refuse("A parent is not there.", 0);
  } else {
    return {};
  }
  table_.refer(entity, references);
  return {};
}

Entity* Loader::node_named(std::string_view id) {
  Entity* const entity = table_.find(id);
  return entity == nullptr || entity->is_link ? nullptr : entity;
}

bool Loader::every_node_is_below_a_root() const {
  // Every node has one parent at most, so a walk down from the roots meets each node once and never
  // gets into a circle.
  std::size_t node_count = 0;
  std::vector<Entity*> reached;
  for (Entity* const entity : loaded_) {
    if (entity->is_link) continue;
    ++node_count;
    if (entity->parent == nullptr) reached.push_back(entity);
  }
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (Entity& child : reached[i]->children) reached.push_back(&child);
  }
  return reached.size() == node_count;
}

}  // namespace weft::concept_sync
