// SPDX-License-Identifier: Apache-2.0
#include "router/document_state.h"

#include "protocol/json.h"
#include "protocol/msgpack.h"

#include <string>

namespace weft::router {
namespace {

constexpr std::uint64_t kVersion = 1;

void append_entity_as_json(Bytes& out, protocol::MsgpackReader& reader) {
  // [id, type, props], made by Document, so every read succeeds.
  static_cast<void>(reader.read_array());
  out += R"({"id":)";
  protocol::append_value_as_json(out, *reader.read_value());
  out += R"(,"type":)";
  protocol::append_value_as_json(out, *reader.read_value());
  out += R"(,"properties":)";
  protocol::append_value_as_json(out, *reader.read_value());
  out += '}';
}

Failure<protocol::DecodeError> refuse(std::size_t offset) {
  return Failure(
      protocol::DecodeError{"A document's state is [version, [[count, bin] …]].", offset});
}

}  // namespace

Bytes encode_state(const std::vector<concept_sync::SnapshotPart>& parts) {
  constexpr std::size_t kHeaderBytesMax = 16;  // of the whole, and of each part
  std::size_t bytes = kHeaderBytesMax;
  for (const auto& part : parts) bytes += kHeaderBytesMax + part.entities().size();
  Bytes state;
  state.reserve(bytes);
  protocol::append_array(state, 2);
  protocol::append_uint(state, kVersion);
  protocol::append_array(state, static_cast<std::uint32_t>(parts.size()));
  for (const auto& part : parts) {
    protocol::append_array(state, 2);
    protocol::append_uint(state, part.count);
    protocol::append_binary(state, part.entities());
  }
  return state;
}

Result<std::size_t, protocol::DecodeError> StateReader::read(concept_sync::Document& document,
                                                             std::size_t bytes_max) {
  protocol::MsgpackReader reader(ByteView(state_).substr(offset_));
  if (!parts_left_) {
    const auto items = reader.read_array();
    const auto version = reader.read_uint();
    const auto parts = reader.read_array();
    if (!items || *items != 2 || !version || *version != kVersion || !parts) return refuse(offset_);
    parts_left_ = *parts;
  }
  for (bool is_first = true; *parts_left_ > 0 && (is_first || reader.offset() < bytes_max);
       is_first = false, --*parts_left_) {
    const auto items = reader.read_array();
    const auto count = reader.read_uint();
    const auto entities = reader.read_binary();
    if (!items || *items != 2 || !count || *count > UINT32_MAX || !entities) {
      return refuse(offset_ + reader.offset());
    }
    if (auto loaded = document.load_part(static_cast<std::uint32_t>(*count), *entities); !loaded) {
      return Failure(loaded.error());
    }
  }
  const std::size_t bytes = reader.offset();
  offset_ += bytes;
  if (*parts_left_ > 0 || bytes >= bytes_max) return bytes;
  if (!reader.at_end()) return refuse(offset_);
  // Joining an entity costs about as much as reading so many bytes.
  constexpr std::size_t kJoinBytes = 64;
  const auto finished = document.finish_loading((bytes_max - bytes) / kJoinBytes + 1);
  if (!finished) return Failure(finished.error());
  if (!*finished) return bytes_max;
  is_done_ = true;
  state_ = Bytes();
  return bytes;
}

bool load_document(ByteView state, concept_sync::Document& document) {
  StateReader reader{Bytes(state)};
  while (!reader.is_done()) {
    if (!reader.read(document, SIZE_MAX)) return false;
  }
  return true;
}

Bytes document_as_json(const DocumentCopy& document) {
  // A canvas id has no character that JSON would escape (P1).
  Bytes out = R"({"canvas":")" + document.canvas + R"(","epoch":)" +
              std::to_string(document.epoch) + R"(,"seq":)" + std::to_string(document.seq) +
              R"(,"entities":[)";
  bool first = true;
  for (const auto& part : document.parts) {
    protocol::MsgpackReader reader(part.entities());
    for (std::uint32_t i = 0; i < part.count; ++i) {
      if (!first) out += ',';
      first = false;
      append_entity_as_json(out, reader);
    }
  }
  out += "]}";
  return out;
}

}  // namespace weft::router
