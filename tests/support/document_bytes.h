// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/document.h"
#include "util/bytes.h"

namespace weft::test {

/// All entities of a snapshot, one after the other: equal documents, equal bytes (K20).
inline Bytes bytes_of(const concept_sync::Document& document) {
  Bytes bytes;
  for (const auto& part : document.snapshot()) bytes += part.entities();
  return bytes;
}

}  // namespace weft::test
