// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstddef>
#include <map>
#include <string>

namespace weft::sim {

/// A client's confirmed copy of a document. Knows no rules: it does what effective ops say, and
/// complains when they cannot be done (S8).
class Replica {
 public:
  /// Adds a snapshot's part: a raw array of [id, type, props].
  void load(ByteView entities);
  /// Does a raw array of effective ops.
  void apply(ByteView ops);
  /// All entities in the form of a snapshot's only part (K20): equal documents, equal bytes.
  [[nodiscard]] Bytes canonical() const;

  [[nodiscard]] std::size_t size() const { return entities_.size(); }

 private:
  struct Entity {
    std::string type;
    std::map<std::string, Bytes> properties;
  };
  std::map<std::string, Entity> entities_;
};

}  // namespace weft::sim
