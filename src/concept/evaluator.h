// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/document.h"
#include "concept/entity_table.h"
#include "protocol/limits.h"
#include "protocol/ops.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace weft::concept_sync {

/// The steps from a node to its parent that one push may cost in the search for cycles (K19). Only
/// moves of nodes with children cost any, so this is a thousand moves at a depth of a thousand; it
/// keeps a push that shuttles a deep tree about within some tens of milliseconds.
inline constexpr std::size_t kParentStepsMax = 1'000'000;

/// Plays pushes on an EntityTable by the rules of docs/spec/concept.md. One per document, which it
/// must not outlive; it keeps scratch memory from push to push.
class Evaluator {
 public:
  Evaluator(EntityTable& table, const protocol::Limits& limits) : table_(table), limits_(limits) {}

  [[nodiscard]] Outcome apply(const protocol::OpList& push);

 private:
  struct Refusal {
    protocol::ErrorCode code;
    std::string message;
  };
  using Checked = Result<void, Refusal>;

  Checked play(const protocol::OpList& push, const protocol::Op& op);
  Checked create(const protocol::Op& op, std::span<const protocol::Property> properties);
  Checked set(Entity& entity, std::span<const protocol::Property> properties);
  void erase(Entity& entity);

  /// Writes `wanted_` into the entity, after replacing a parent that cannot be. `bytes_before` is
  /// the entity's size so far, 0 for a new one.
  Checked write_wanted(Entity& entity, std::size_t bytes_before);
  Checked read_link_end(const Entity& link, const protocol::Property& property, Entity*& end);
  Checked read_parent(const Entity& node, protocol::Property& property, Entity*& parent);
  Result<bool, Refusal> would_close_cycle(const Entity& node, const Entity& parent);
  Checked check_size(const Entity& entity, std::size_t bytes_before) const;

  EntityTable& table_;
  const protocol::Limits& limits_;

  // What the push has come to so far.
  Bytes effective_;                    // the effective ops without their array header
  std::uint32_t effective_count_ = 0;  // how many they are
  bool as_asked_ = true;               // whether they are the ops that were asked for
  std::size_t parent_steps_ = 0;

  std::vector<protocol::Property> wanted_;  // the properties of the op at hand, as they take effect
  Bytes root_parent_;                       // the `parent` that replaces one that cannot be
};

}  // namespace weft::concept_sync
