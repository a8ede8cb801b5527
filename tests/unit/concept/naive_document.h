// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/concept/canvas.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::concept_sync {

/// The rules of docs/spec/concept.md once more, in the plainest way: no indexes, whole copies,
/// everything found by looking at everything.
class NaiveDocument {
 public:
  struct Verdict {
    AckOutcome kind = AckOutcome::commit;
    Json effective = Json::array();
    ErrorCode code = ErrorCode::bad_op;  // of a rejection
    std::uint32_t op_index = 0;          // of a rejection
  };

  explicit NaiveDocument(const Limits& limits) : limits_(limits) {}

  Verdict apply(const Json& push) {
    const auto before = entities_;
    Verdict verdict;
    for (std::uint32_t i = 0; i < push.size(); ++i) {
      const std::size_t bytes_before = encoded_bytes();
      auto code = apply_op(push[i], verdict.effective);
      if (!code && encoded_bytes() > std::max(limits_.document_bytes_max, bytes_before)) {
        code = ErrorCode::too_large;
      }
      if (code) {
        entities_ = before;
        return {AckOutcome::rejected, Json::array(), *code, i};
      }
    }
    verdict.kind = verdict.effective.empty()   ? AckOutcome::no_effect
                   : verdict.effective == push ? AckOutcome::commit
                                               : AckOutcome::rebased;
    return verdict;
  }

  /// {id: [type, props]}
  [[nodiscard]] Json entities() const {
    Json all = Json::object();
    for (const auto& [id, entity] : entities_) all[id] = {entity.type, entity.properties};
    return all;
  }

  [[nodiscard]] std::size_t encoded_bytes() const {
    std::size_t bytes = 0;
    for (const auto& [id, entity] : entities_) bytes += size_of(id);
    return bytes;
  }

  /// What K18 forbids, or nothing.
  [[nodiscard]] std::string broken_promise() const {
    for (const auto& [id, entity] : entities_) {
      if (entity.type == "link") {
        for (const char* end : {"from", "to"}) {
          if (!is_node(entity.properties.value(end, ""))) return id + " joins nothing";
        }
        continue;
      }
      std::set<std::string> passed{id};
      for (std::string next = parent_of(id); !next.empty(); next = parent_of(next)) {
        if (!is_node(next)) return id + " is below nothing";
        if (!passed.insert(next).second) return id + " is in a circle";
      }
    }
    return {};
  }

 private:
  struct Entity {
    std::string type;
    Json properties = Json::object();
  };
  using Refusal = std::optional<ErrorCode>;

  Refusal apply_op(const Json& op, Json& effective) {
    const std::string id = op[1];
    const bool is_live = entities_.contains(id);
    if (op[0] == 2) {
      if (is_live) remove(id, effective);
      return {};
    }
    if (op[0] == 1) {
      if (!is_live) return {};
      Json properties = op[2];
      if (auto refusal = write(id, properties, size_of(id))) return refusal;
      effective.push_back({1, id, properties});
      return {};
    }
    Json properties = op[3];
    if (is_live) {
      if (entities_.at(id).type != op[2]) return ErrorCode::type_conflict;
      if (auto refusal = write(id, properties, size_of(id))) return refusal;
      effective.push_back({1, id, properties});
      return {};
    }
    if (entities_.size() >= limits_.entities_max) return ErrorCode::too_many;
    for (auto property = properties.begin(); property != properties.end();) {
      property = property->is_null() ? properties.erase(property) : std::next(property);
    }
    entities_[id].type = op[2];
    if (auto refusal = write(id, properties, 0)) return refusal;
    effective.push_back({0, id, op[2], properties});
    return {};
  }

  Refusal write(const std::string& id, Json& properties, std::size_t bytes_before) {
    Entity& entity = entities_.at(id);
    for (const auto& [key, value] : properties.items()) {
      if (key == "from" || key == "to") {
        if (entity.type != "link") return ErrorCode::bad_op;
        if (!is_node(value)) return ErrorCode::bad_reference;
      }
      if (key == "parent") {
        if (entity.type == "link") return ErrorCode::bad_op;
        if (value.is_array() && value[0].is_string() &&
            (!is_node(value[0]) || is_at_or_below(value[0], id))) {
          properties["parent"] = {nullptr, value[1]};
        }
      }
    }
    for (const auto& [key, value] : properties.items()) {
      if (value.is_null()) {
        entity.properties.erase(key);
      } else {
        entity.properties[key] = value;
      }
    }
    const std::size_t bytes = size_of(id);
    if (bytes > limits_.entity_bytes_max && bytes > bytes_before) return ErrorCode::too_large;
    return {};
  }

  void remove(const std::string& id, Json& effective) {
    std::vector<std::pair<std::size_t, std::string>> nodes;  // with the steps up to id
    for (const auto& [other, entity] : entities_) {
      if (other == id || (entity.type != "link" && is_at_or_below(other, id))) {
        nodes.emplace_back(steps_up(other, id), other);
      }
    }
    std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::vector<std::string> removal;
    for (const auto& [other, entity] : entities_) {
      if (entity.type != "link") continue;
      for (const auto& [depth, node] : nodes) {
        if (entity.properties.at("from") == node || entity.properties.at("to") == node) {
          removal.push_back(other);
          break;
        }
      }
    }
    for (const auto& [depth, node] : nodes) removal.push_back(node);
    for (const std::string& doomed : removal) {
      effective.push_back({2, doomed});
      entities_.erase(doomed);
    }
  }

  [[nodiscard]] bool is_node(const std::string& id) const {
    const auto place = entities_.find(id);
    return place != entities_.end() && place->second.type != "link";
  }

  /// Empty at the root.
  [[nodiscard]] std::string parent_of(const std::string& id) const {
    const Json& properties = entities_.at(id).properties;
    if (!properties.contains("parent") || properties["parent"][0].is_null()) return {};
    return properties["parent"][0];
  }

  [[nodiscard]] bool is_at_or_below(std::string id, const std::string& top) const {
    for (; !id.empty(); id = parent_of(id)) {
      if (id == top) return true;
    }
    return false;
  }

  [[nodiscard]] std::size_t steps_up(std::string id, const std::string& top) const {
    std::size_t steps = 0;
    for (; id != top; id = parent_of(id)) ++steps;
    return steps;
  }

  [[nodiscard]] std::size_t size_of(const std::string& id) const {
    const Entity& entity = entities_.at(id);
    return to_raw({id, entity.type, entity.properties}).size();
  }

  Limits limits_;
  std::map<std::string, Entity> entities_;
};

}  // namespace weft::concept_sync
