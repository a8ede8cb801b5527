// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/encoded_size.h"
#include "concept/entity_key.h"
#include "concept/property_map.h"
#include "util/bytes.h"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace weft::concept_sync {

struct Entity;
struct Page;

/// An entity's place in one list of another entity's. It costs no allocation, and taking an entity
/// out of the list of a node with 100,000 links is as cheap as out of a short one.
template <class List>
using Place =
    boost::intrusive::list_base_hook<boost::intrusive::tag<List>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A list of entities in no particular order: nothing that anybody sees may depend on it.
template <class List>
using Members = boost::intrusive::list<Entity, boost::intrusive::base_hook<Place<List>>,
                                       boost::intrusive::constant_time_size<false>>;

struct Children;
struct Outgoing;
struct Incoming;

/// One thing on the canvas: a link, which joins the nodes `from` and `to`, or a node, which may
/// have a `parent`. Owned by the EntityTable, which alone changes it.
struct Entity : Place<Children>, Place<Outgoing>, Place<Incoming> {
  ByteView id;  // the entity's key in the table
  Bytes type;
  PropertyMap properties;
  bool is_link = false;

  // What the reserved properties say, as pointers; nullptr where there is nothing.
  Entity* parent = nullptr;
  Entity* from = nullptr;
  Entity* to = nullptr;

  // The same, seen from the other end.
  Members<Children> children;
  Members<Outgoing> outgoing;
  Members<Incoming> incoming;

  /// Where its encoding is kept; see Pages.
  Page* page = nullptr;

  /// The push that last wrote the properties; its first write saved what was there before.
  std::uint64_t written_by_push = 0;

  /// The length of [id, type, props], encoded.
  [[nodiscard]] std::size_t encoded_bytes() const {
    constexpr std::size_t kArrayHeaderBytes = 1;
    return kArrayHeaderBytes + string_bytes(id) + string_bytes(type) + properties.encoded_bytes();
  }
};

/// In byte order of the ids, which is the order of everything that leaves the document. A tree and
/// not a hash table: ids are chosen by strangers.
using EntityMap = std::map<EntityKey, Entity, std::less<>>;

/// Appends [id, type, props], the form of an entity in snapshots.
void append_entity(Bytes& out, const Entity& entity);

}  // namespace weft::concept_sync
