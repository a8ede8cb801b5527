// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/entity.h"
#include "concept/pages.h"
#include "protocol/ops.h"
#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace weft::concept_sync {

/// Who an entity points at.
struct References {
  Entity* parent = nullptr;
  Entity* from = nullptr;
  Entity* to = nullptr;
};

/// The live entities with their links and children, and the way back: every change since the last
/// keep() can be undone. It knows no rules of ops; Evaluator does. An Entity's address is good from
/// add() until its erasure is kept, or its addition is taken back.
class EntityTable {
 public:
  [[nodiscard]] std::size_t size() const { return entities_.size(); }
  /// The sum of the entities' encoded_bytes().
  [[nodiscard]] std::size_t encoded_bytes() const { return encoded_bytes_; }
  [[nodiscard]] Entity* find(ByteView id);
  /// Where the entity with this id is, or would have to be.
  [[nodiscard]] EntityMap::iterator place_of(ByteView id) {
    return entities_.lower_bound(EntityKeyView(id));
  }
  [[nodiscard]] EntityMap::iterator end() { return entities_.end(); }
  /// The entities as they are encoded for snapshots.
  [[nodiscard]] Pages& pages() { return pages_; }
  [[nodiscard]] const Pages& pages() const { return pages_; }

  /// Requires: no live entity has this id. `place` is where place_of says it has to be; another one
  /// costs a search.
  Entity& add(EntityMap::iterator place, ByteView id, ByteView type);
  /// Changes properties; see PropertyMap::with.
  void write(Entity& entity, std::span<const protocol::Property> changes);
  void refer(Entity& entity, const References& references);
  /// Requires: `entity` has no children and no links.
  void erase(Entity& entity);

  /// Makes what was done since the last keep() final.
  void keep();
  /// Undoes what was done since the last keep(), last change first.
  void take_back();

 private:
  // One entry per change, holding what undoes it.
  struct Added {
    Entity* entity;
  };
  struct Written {
    Entity* entity;
    PropertyMap before;
  };
  struct Referred {
    Entity* entity;
    References before;
  };
  struct Erased {
    EntityMap::node_type node;
  };
  using Change = std::variant<Added, Written, Referred, Erased>;

  void undo(Added& change);
  void undo(Written& change);
  void undo(Referred& change);
  void undo(Erased& change);
  void forget_changes();
  void note_written(Entity& entity, std::size_t bytes_before);

  EntityMap entities_;
  Pages pages_{entities_};
  std::size_t encoded_bytes_ = 0;
  std::vector<Change> changes_;
  std::uint64_t push_ = 1;  // counts the pushes, so that the properties are saved once for each
};

}  // namespace weft::concept_sync
