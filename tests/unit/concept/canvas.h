// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/document.h"
#include "protocol/ops.h"
#include "support/document_bytes.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace weft::concept_sync {

using Json = nlohmann::json;
using protocol::AckOutcome;
using protocol::ErrorCode;
using protocol::Limits;

inline Bytes to_raw(const Json& value) {
  Bytes out;
  Json::to_msgpack(value, out);
  return out;
}

/// Limits for decoding effective ops, which may be more and larger than a client's.
inline Limits decoding_limits() {
  Limits limits;
  limits.push_ops_max = 1'000'000;
  limits.entity_bytes_max = 1 << 24;
  return limits;
}

/// A document that is spoken to in JSON.
class Canvas {
 public:
  explicit Canvas(const Limits& limits = {}) : document_(limits) {}

  /// Throws when the ops are not even ops: a test means to reach the document.
  Outcome push(const Json& ops) { return push_raw(to_raw(ops)); }

  Outcome push_raw(ByteView raw) {
    protocol::OpList list;
    if (const auto decoded = protocol::decode_ops(raw, decoding_limits(), list); !decoded) {
      throw std::invalid_argument(decoded.error().message);
    }
    return document_.apply(list);
  }

  /// The whole document; equal documents have equal bytes.
  [[nodiscard]] Bytes bytes() const { return test::bytes_of(document_); }

  /// {id: [type, props]}
  [[nodiscard]] Json entities() const {
    Json all = Json::object();
    for (const auto& part : document_.snapshot()) {
      // One array header in front makes the entities one value.
      Bytes raw;
      protocol::append_array(raw, part.count);
      raw += part.entities();
      for (const Json& entity : Json::from_msgpack(raw)) {
        all[entity.at(0).get<std::string>()] = {entity.at(1), entity.at(2)};
      }
    }
    return all;
  }

  [[nodiscard]] Document& document() { return document_; }
  [[nodiscard]] const Document& document() const { return document_; }

  /// A document made of this one's snapshot.
  [[nodiscard]] Canvas reloaded(const Limits& limits = {}) const {
    Canvas twin(limits);
    for (const auto& part : document_.snapshot()) {
      if (!twin.document_.load_part(part.count, part.entities()))
        throw std::logic_error("load_part");
    }
    if (!twin.document_.finish_loading()) throw std::logic_error("finish_loading");
    return twin;
  }

 private:
  Document document_;
};

inline Json effective_of(const Outcome& outcome) {
  return Json::from_msgpack(outcome.effective);
}

inline Json create(const std::string& id, const Json& properties = Json::object(),
                   const std::string& type = "concept") {
  return {0, id, type, properties};
}
inline Json create_link(const std::string& id, const std::string& from, const std::string& to) {
  return create(id, {{"from", from}, {"to", to}}, "link");
}
inline Json create_child(const std::string& id, const std::string& parent) {
  return create(id, {{"parent", {parent, "a0"}}});
}
inline Json set(const std::string& id, const Json& properties) {
  return {1, id, properties};
}
inline Json move(const std::string& id, const std::string& parent) {
  return set(id, {{"parent", {parent, "a0"}}});
}
inline Json move_to_root(const std::string& id) {
  return set(id, {{"parent", {nullptr, "a0"}}});
}
inline Json erase(const std::string& id) {
  return {2, id};
}

}  // namespace weft::concept_sync
