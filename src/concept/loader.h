// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/entity_table.h"
#include "protocol/msgpack.h"
#include "protocol/ops.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstdint>
#include <vector>

namespace weft::concept_sync {

/// Fills an empty EntityTable with a snapshot's entities. Bytes at rest are believed no more than
/// bytes from the wire: each entity must be one that a create op could have made, in the one form
/// in which a document encodes it.
class Loader {
 public:
  using Checked = Result<void, protocol::DecodeError>;

  explicit Loader(EntityTable& table) : table_(table) {}

  [[nodiscard]] Checked load_part(std::uint32_t count, ByteView entities);
  /// Joins links and children to what they name.
  [[nodiscard]] Checked finish();

 private:
  Checked load_entity(ByteView raw, std::size_t offset);
  Checked join(Entity& entity);
  /// The live node that the property names, or nullptr.
  Entity* node_named(std::string_view id);
  [[nodiscard]] bool every_node_is_below_a_root() const;

  EntityTable& table_;
  std::vector<Entity*> loaded_;  // in byte order of their ids
  protocol::OpList ops_;
  Bytes scratch_;
};

/// Appends [id, type, props], the form of an entity in snapshots.
void append_entity(Bytes& out, const Entity& entity);

}  // namespace weft::concept_sync
