// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/document.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <cstdint>

namespace weft::router {

/// The document as a snapshot keeps it: MessagePack [version, [[count, bin of entities] …]].
[[nodiscard]] Bytes encode_document(const concept_sync::Document& document);

/// Fills an empty document; nothing at all is an empty document too. False when `state` is not what
/// encode_document makes.
[[nodiscard]] bool load_document(ByteView state, concept_sync::Document& document);

/// {"canvas", "epoch", "seq", "entities": [{"id", "type", "properties"} …]}, for the HTTP API.
[[nodiscard]] Bytes document_as_json(const CanvasId& canvas, std::uint64_t epoch, std::uint64_t seq,
                                     const concept_sync::Document& document);

}  // namespace weft::router
