// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/ids.h"

#include <cstddef>
#include <vector>

namespace weft::router {

/// The reliable messages that gather between two ticks, in order. An item has a part for everyone
/// but its owner and a part for its owner alone (a push: the ops for the others, the ack for the
/// sender). Encoded once each; who owns nothing shares one batch.
class Outgoing {
 public:
  [[nodiscard]] bool is_empty() const { return items_.empty(); }

  /// Where to append the next item's bytes: first the shared part, then, after end_shared, the
  /// owner's part.
  [[nodiscard]] Bytes& bytes() { return bytes_; }
  void begin(SessionId owner) {
    items_.push_back({owner, bytes_.size(), bytes_.size(), bytes_.size()});
  }
  void end_shared() { items_.back().shared_end = items_.back().end = bytes_.size(); }
  void end() { items_.back().end = bytes_.size(); }

  /// What goes to those who own nothing here.
  void append_shared(Bytes& out) const {
    for (const Item& item : items_) append(out, item.begin, item.shared_end);
  }
  void append_for(SessionId session, Bytes& out) const {
    for (const Item& item : items_) {
      if (item.owner == session) {
        append(out, item.shared_end, item.end);
      } else {
        append(out, item.begin, item.shared_end);
      }
    }
  }
  void clear() {
    items_.clear();
    bytes_.clear();
  }

 private:
  struct Item {
    SessionId owner;
    std::size_t begin;
    std::size_t shared_end;
    std::size_t end;
  };
  void append(Bytes& out, std::size_t begin, std::size_t end) const {
    out.append(bytes_, begin, end - begin);
  }

  std::vector<Item> items_;
  Bytes bytes_;
};

}  // namespace weft::router
