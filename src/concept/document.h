// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/snapshot_part.h"
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

  // A snapshot. What has been encoded stays true, and is shared, until one of its entities changes.

  /// Whether parts() may be asked for: nothing has changed since it was encoded.
  [[nodiscard]] bool is_encoded() const;
  /// Encodes what has to be until that has come to `bytes_max` bytes, at least one part; returns
  /// the bytes. A document of B bytes that nobody changes is encoded when calls have come to B.
  std::size_t encode(std::size_t bytes_max) const;
  /// The document in parts of at least one entity and at most kPageBytesMax bytes of entities,
  /// unless a single one is larger; none when it is empty. Equal documents give equal entities, one
  /// part after the other. Requires: is_encoded().
  [[nodiscard]] std::vector<SnapshotPart> parts() const;
  /// encode() as far as needed, and parts().
  [[nodiscard]] std::vector<SnapshotPart> snapshot() const;
  /// The encoding takes as much memory as the document: whether there is any, and gives it back.
  [[nodiscard]] bool has_encoding() const;
  void forget_encoding();

  /// Adds the entities of a part to a document that no push was applied to. What snapshot() made
  /// goes in, in its order; anything else is refused and the document is then of no further use.
  /// Limits do not count here: they may have been higher when the entities were made.
  [[nodiscard]] Result<void, protocol::DecodeError> load_part(std::uint32_t count,
                                                              ByteView entities);

  /// Joins what was loaded, as a link may come before its ends; at most so many entities in one
  /// call, true when all are. Needed after the last part and before apply. Entities that point at
  /// nothing, or parents in a circle, are refused and the document is then of no further use.
  [[nodiscard]] Result<bool, protocol::DecodeError> finish_loading(
      std::size_t entities_max = SIZE_MAX);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft::concept_sync
