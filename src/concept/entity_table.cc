// SPDX-License-Identifier: Apache-2.0
#include "concept/entity_table.h"

#include "protocol/ops.h"

#include <cassert>
#include <utility>

namespace weft::concept_sync {

namespace {

/// The undo log keeps its memory from push to push, up to this many entries.
constexpr std::size_t kChangesKept = 4'096;

template <class List>
void leave(Entity& entity) {
  static_cast<Place<List>&>(entity).unlink();
}

/// Takes the entity out of the lists of those it points at.
void leave_lists(Entity& entity) {
  leave<Children>(entity);
  leave<Outgoing>(entity);
  leave<Incoming>(entity);
}

void enter_lists(Entity& entity) {
  if (entity.parent != nullptr) entity.parent->children.push_back(entity);
  if (entity.from != nullptr) entity.from->outgoing.push_back(entity);
  if (entity.to != nullptr) entity.to->incoming.push_back(entity);
}

void point_at(Entity& entity, const References& references) {
  leave_lists(entity);
  entity.parent = references.parent;
  entity.from = references.from;
  entity.to = references.to;
  enter_lists(entity);
}

}  // namespace

Entity* EntityTable::find(ByteView id) {
  const auto place = entities_.find(EntityKeyView(id));
  return place == entities_.end() ? nullptr : &place->second;
}

Entity& EntityTable::add(EntityMap::iterator place, ByteView id, ByteView type) {
  place = entities_.try_emplace(place, EntityKey(id));
  Entity& entity = place->second;
  assert(entity.id.empty());
  entity.id = place->first.id;
  entity.type = type;
  entity.is_link = type == protocol::kLinkType;
  entity.written_by_push = push_;
  encoded_bytes_ += entity.encoded_bytes();
  pages_.add(place);
  changes_.emplace_back(Added{&entity});
  return entity;
}

void EntityTable::write(Entity& entity, std::span<const protocol::Property> changes) {
  PropertyMap after = entity.properties.with(changes);
  std::swap(after, entity.properties);
  note_written(entity, after.encoded_bytes());
  if (entity.written_by_push != push_) {
    entity.written_by_push = push_;
    changes_.emplace_back(Written{&entity, std::move(after)});
  }
}

void EntityTable::refer(Entity& entity, const References& references) {
  changes_.emplace_back(Referred{&entity, {entity.parent, entity.from, entity.to}});
  point_at(entity, references);
}

void EntityTable::erase(Entity& entity) {
  assert(entity.children.empty() && entity.outgoing.empty() && entity.incoming.empty());
  leave_lists(entity);
  encoded_bytes_ -= entity.encoded_bytes();
  changes_.emplace_back(Erased{pages_.extract(entities_.find(EntityKeyView(entity.id)))});
}

void EntityTable::keep() {
  forget_changes();
}

void EntityTable::take_back() {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    std::visit([this](auto& done) { undo(done); }, *change);
  }
  forget_changes();
}

void EntityTable::undo(Added& change) {
  leave_lists(*change.entity);
  encoded_bytes_ -= change.entity->encoded_bytes();
  static_cast<void>(pages_.extract(entities_.find(EntityKeyView(change.entity->id))));
}

void EntityTable::undo(Written& change) {
  std::swap(change.before, change.entity->properties);
  note_written(*change.entity, change.before.encoded_bytes());
}

void EntityTable::undo(Referred& change) {
  point_at(*change.entity, change.before);
}

void EntityTable::undo(Erased& change) {
  const auto place = entities_.insert(std::move(change.node)).position;
  Entity& entity = place->second;
  enter_lists(entity);
  pages_.add(place);
  encoded_bytes_ += entity.encoded_bytes();
}

/// The properties took `bytes_before`, encoded.
void EntityTable::note_written(Entity& entity, std::size_t bytes_before) {
  const std::size_t bytes = entity.properties.encoded_bytes();
  encoded_bytes_ = encoded_bytes_ - bytes_before + bytes;
  pages_.note_change(entity, bytes_before, bytes);
}

void EntityTable::forget_changes() {
  if (changes_.capacity() > kChangesKept) {
    changes_ = std::vector<Change>();
  } else {
    changes_.clear();
  }
  ++push_;
}

}  // namespace weft::concept_sync
