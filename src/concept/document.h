// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/codes.h"
#include "protocol/limits.h"
#include "protocol/msgpack.h"
#include "protocol/ops.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weft::concept_sync {

/// What a push did to the document.
struct Outcome {
  protocol::AckOutcome kind =
      protocol::AckOutcome::commit;  // commit, no_effect, rebased or rejected
  /// The raw array of effective ops; an empty array when nothing changed.
  Bytes effective;
  /// There if, and only if, `kind` is rejected.
  std::optional<protocol::Rejection> rejection;
};

/// The entities of one canvas and the rules of their change (docs/spec/concept.md). Deterministic:
/// equal documents under equal limits, given equal pushes, stay equal and produce equal outcomes,
/// on every machine. Lives on the room's home shard.
class Document {
 public:
  explicit Document(const protocol::Limits& limits);
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  /// Applies a push whole or not at all.
  /// Requires: `push` came out of decode_ops; what was loaded has been finished.
  [[nodiscard]] Outcome apply(const protocol::OpList& push);

  [[nodiscard]] std::size_t entity_count() const;
  /// The length of all entities, encoded as in a snapshot. Known without encoding them.
  [[nodiscard]] std::size_t encoded_bytes() const;

  /// A snapshot's entities, cut into parts.
  struct Part {
    std::uint32_t count = 0;
    Bytes entities;  // `count` raw [id, type, props], one after the other
  };
  /// Parts of at least one entity and at most `part_bytes_max`, unless a single entity is larger;
  /// one empty part for an empty document. Equal documents give equal parts.
  [[nodiscard]] std::vector<Part> encode_parts(std::size_t part_bytes_max) const;

  /// Adds the entities of a part to a document that no push was applied to. What encode_parts made
  /// goes in, in its order; anything else is refused and the document is then of no further use.
  /// Limits do not count here: they may have been higher when the entities were made.
  [[nodiscard]] Result<void, protocol::DecodeError> load_part(std::uint32_t count,
                                                              ByteView entities);

  /// Joins what was loaded, as a link may come before its ends. Needed after the last part and
  /// before apply. Entities that point at nothing, or parents in a circle, are refused and the
  /// document is then of no further use.
  [[nodiscard]] Result<void, protocol::DecodeError> finish_loading();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft::concept_sync
