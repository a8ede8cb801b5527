// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/concept/canvas.h"

#include <cstddef>
#include <random>
#include <string>

namespace weft::concept_sync {

/// Seeded pushes over few ids, so that ops meet each other all the time.
class RandomPushes {
 public:
  explicit RandomPushes(unsigned seed) : random_(seed) {}

  Json next() {
    Json push = Json::array();
    for (std::size_t count = 1 + below(6); count > 0; --count) push.push_back(next_op());
    return push;
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  Json next_op() {
    const std::string id = any_id();
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        return create(id, with_parent(id, values()), below(8) == 0 ? "note" : "concept");
      case 3:
      case 4:
        return create(id, with_ends(id, values()), "link");
      case 5:
        return set(id, below(4) == 0 ? with_ends(id, values()) : values());
      case 6:
      case 7:
        return set(id, with_parent(id, values()));
      case 8:
        return set(id, {{"name", std::string(below(40), 'n')}});
      default:
        return erase(id);
    }
  }

  Json values() {
    Json properties = Json::object();
    for (std::size_t count = below(3); count > 0; --count) {
      const std::string key(1, static_cast<char>('r' + below(6)));
      switch (below(4)) {
        case 0:
          properties[key] = nullptr;
          break;
        case 1:
          properties[key] = {1, {{"k", std::string(below(30), 'v')}}};
          break;
        default:
          properties[key] = below(1'000);
      }
    }
    return properties;
  }

  Json with_parent(const std::string& id, Json properties) {
    const std::string index = "a" + std::to_string(below(10));
    if (const std::size_t which = below(8); which == 0) {
      properties["parent"] = nullptr;
    } else if (which == 1) {
      properties["parent"] = {nullptr, index};
    } else {
      properties["parent"] = {other_id(id), index};
    }
    return properties;
  }

  Json with_ends(const std::string& id, Json properties) {
    properties["from"] = other_id(id);
    properties["to"] = other_id(id);
    return properties;
  }

  std::string any_id() { return std::string(1, static_cast<char>('a' + below(14))); }

  /// What decode_ops would refuse never reaches a document: an entity as its own parent or end.
  std::string other_id(const std::string& id) {
    while (true) {
      if (std::string other = any_id(); other != id) return other;
    }
  }

  std::minstd_rand random_;
};

}  // namespace weft::concept_sync
