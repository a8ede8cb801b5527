// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/entity.h"
#include "concept/snapshot_part.h"
#include "protocol/frame.h"
#include "util/bytes.h"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

namespace weft::concept_sync {

/// A page is split beyond this, unless it holds a single entity. Large enough that a joiner of a
/// big canvas gets hundreds of frames and not thousands, small enough that a change costs little
/// encoding.
inline constexpr std::size_t kPageBytesMax = std::size_t{32} * 1024;
/// The same for small entities, so that splitting and joining pages is cheap whatever they hold.
inline constexpr std::uint32_t kPageEntitiesMax = 1'024;

using StaleHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Neighbouring entities, whose encoding is made and forgotten together.
struct Page : StaleHook {  // linked while it has no frame
  EntityMap::iterator first;
  std::uint32_t count = 0;
  std::size_t bytes = 0;  // of its entities, encoded
  protocol::FrameRef frame;
  std::uint32_t entities_at = 0;  // where they begin in the frame's messages
  std::list<Page>::iterator here;
};

/// The entities of a document in pages, each with its encoding while that is true: a change makes
/// one page stale, and those who hold the frame keep what they were given. Where pages end depends
/// on what happened to the document; what they hold, one after the other, does not.
class Pages {
 public:
  explicit Pages(EntityMap& entities) : entities_(entities) {}

  /// Requires: `entity` has just come into the map.
  void add(EntityMap::iterator entity);
  /// Takes `entity` out of its page and out of the map.
  [[nodiscard]] EntityMap::node_type extract(EntityMap::iterator entity);
  /// So much of `entity` has another content now, and another length, encoded.
  void note_change(Entity& entity, std::size_t bytes_before, std::size_t bytes);

  [[nodiscard]] bool is_encoded() const { return stale_.empty(); }
  /// Encodes stale pages until that has come to `bytes_max` bytes of entities, at least one page;
  /// returns the bytes.
  std::size_t encode(std::size_t bytes_max);
  /// Requires: is_encoded().
  [[nodiscard]] std::vector<SnapshotPart> parts() const;
  [[nodiscard]] bool has_frames() const { return frames_ > 0; }
  /// Gives back the memory of the encoding.
  void forget_frames();

 private:
  Page& new_page_before(std::list<Page>::iterator place);
  void make_stale(Page& page);
  void split_if_large(Page& page);
  void join_if_small(Page& page);
  void encode(Page& page);

  EntityMap& entities_;
  std::list<Page> pages_;  // in the order of their entities; none is empty
  boost::intrusive::list<Page, boost::intrusive::constant_time_size<false>> stale_;
  std::size_t frames_ = 0;  // pages that have one
  Bytes scratch_;
};

}  // namespace weft::concept_sync
