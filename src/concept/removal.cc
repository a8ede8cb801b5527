// SPDX-License-Identifier: Apache-2.0
#include "concept/removal.h"

#include <algorithm>
#include <cstddef>

namespace weft::concept_sync {

namespace {

bool has_lower_id(const Entity* a, const Entity* b) {
  return a->id < b->id;
}

/// The entity and all below it, level by level; each level in byte order of id, highest first.
std::vector<Entity*> family_of(Entity& entity) {
  std::vector<Entity*> family{&entity};
  for (std::size_t level = 0; level < family.size();) {
    const std::size_t next_level = family.size();
    for (; level < next_level; ++level) {
      for (Entity& child : family[level]->children) family.push_back(&child);
    }
    std::sort(family.begin() + static_cast<std::ptrdiff_t>(next_level), family.end(),
              [](const Entity* a, const Entity* b) { return has_lower_id(b, a); });
  }
  return family;
}

}  // namespace

std::vector<Entity*> removal_of(Entity& entity) {
  const std::vector<Entity*> family = family_of(entity);

  std::vector<Entity*> removal;
  for (Entity* const node : family) {
    for (Entity& link : node->outgoing) removal.push_back(&link);
    for (Entity& link : node->incoming) removal.push_back(&link);
  }
  std::sort(removal.begin(), removal.end(), has_lower_id);
  // A link between two of the family was found at both ends.
  removal.erase(std::unique(removal.begin(), removal.end()), removal.end());

  removal.insert(removal.end(), family.rbegin(), family.rend());
  return removal;
}

}  // namespace weft::concept_sync
