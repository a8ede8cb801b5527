// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/entity.h"

#include <vector>

namespace weft::concept_sync {

/// Everything that goes when `entity` goes, in the order in which it goes: links first in byte
/// order of id, then nodes, the deepest first and equally deep ones in byte order; the entity
/// itself is last. Erased in this order, none has links or children left when its turn comes (K7).
[[nodiscard]] std::vector<Entity*> removal_of(Entity& entity);

}  // namespace weft::concept_sync
