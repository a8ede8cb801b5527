// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/entity_table.h"
#include "protocol/msgpack.h"
#include "protocol/ops.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstddef>
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
  /// Joins links and children to what they name, at most so many entities in one call; true when
  /// all are.
  [[nodiscard]] Result<bool, protocol::DecodeError> finish(std::size_t entities_max);

 private:
  Checked load_entity(ByteView raw, std::size_t offset);
  Checked join(Entity& entity);
  /// The live node that the property names, or nullptr.
  Entity* node_named(std::string_view id);
  [[nodiscard]] bool every_node_is_below_a_root() const;

  EntityTable& table_;
  std::vector<Entity*> loaded_;  // in byte order of their ids
  std::size_t joined_ = 0;       // of them
  protocol::OpList ops_;
  Bytes scratch_;
};

}  // namespace weft::concept_sync
