// SPDX-License-Identifier: Apache-2.0
#include "router/document_state.h"

#include "protocol/json.h"
#include "protocol/msgpack.h"

#include <string>

namespace weft::router {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kPartBytesMax = 1 << 20;

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

}  // namespace

Bytes encode_document(const concept_sync::Document& document) {
  const auto parts = document.encode_parts(kPartBytesMax);
  Bytes state;
  protocol::append_array(state, 2);
  protocol::append_uint(state, kVersion);
  protocol::append_array(state, static_cast<std::uint32_t>(parts.size()));
  for (const auto& part : parts) {
    protocol::append_array(state, 2);
    protocol::append_uint(state, part.count);
    protocol::append_binary(state, part.entities);
  }
  return state;
}

bool load_document(ByteView state, concept_sync::Document& document) {
  if (state.empty()) return true;
  protocol::MsgpackReader reader(state);
  const auto items = reader.read_array();
  if (!items || *items != 2) return false;
  const auto version = reader.read_uint();
  if (!version || *version != kVersion) return false;
  const auto parts = reader.read_array();
  if (!parts) return false;
  for (std::uint32_t i = 0; i < *parts; ++i) {
    const auto part = reader.read_array();
    if (!part || *part != 2) return false;
    const auto count = reader.read_uint();
    if (!count || *count > UINT32_MAX) return false;
    const auto entities = reader.read_binary();
    if (!entities || !document.load_part(static_cast<std::uint32_t>(*count), *entities))
      return false;
  }
  return reader.at_end() && document.finish_loading().has_value();
}

Bytes document_as_json(const CanvasId& canvas, std::uint64_t epoch, std::uint64_t seq,
                       const concept_sync::Document& document) {
  // A canvas id has no character that JSON would escape (P1).
  Bytes out = R"({"canvas":")" + canvas + R"(","epoch":)" + std::to_string(epoch) + R"(,"seq":)" +
              std::to_string(seq) + R"(,"entities":[)";
  bool first = true;
  for (const auto& part : document.encode_parts(kPartBytesMax)) {
    protocol::MsgpackReader reader(part.entities);
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
