// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/document.h"
#include "protocol/msgpack.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace weft::router {

/// A document's parts as a snapshot at rest keeps them: MessagePack [version, [[count, bin of
/// entities] …]]. Any thread.
[[nodiscard]] Bytes encode_state(const std::vector<concept_sync::SnapshotPart>& parts);

/// Reads what encode_state made into an empty document, in pieces.
class StateReader {
 public:
  /// Nothing at all is an empty document too.
  explicit StateReader(Bytes state) : state_(std::move(state)), is_done_(state_.empty()) {}

  [[nodiscard]] bool is_done() const { return is_done_; }
  /// Reads parts until that has come to `bytes_max`, at least one, then joins what they hold;
  /// returns what that was in bytes. Fails when the state is not what encode_state makes; the
  /// document is then of no further use.
  [[nodiscard]] Result<std::size_t, protocol::DecodeError> read(concept_sync::Document& document,
                                                                std::size_t bytes_max);

 private:
  Bytes state_;
  std::size_t offset_ = 0;
  std::optional<std::uint32_t> parts_left_;  // nothing until the head has been read
  bool is_done_;
};

/// All at once; false when `state` is not what encode_state makes.
[[nodiscard]] bool load_document(ByteView state, concept_sync::Document& document);

/// A canvas's document at one place in its history. Any thread.
struct DocumentCopy {
  CanvasId canvas;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::vector<concept_sync::SnapshotPart> parts;
};
/// {"canvas", "epoch", "seq", "entities": [{"id", "type", "properties"} …]}, for the HTTP API.
[[nodiscard]] Bytes document_as_json(const DocumentCopy& document);

}  // namespace weft::router
