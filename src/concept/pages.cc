// SPDX-License-Identifier: Apache-2.0
#include "concept/pages.h"

#include "protocol/messages.h"

#include <cassert>
#include <iterator>

namespace weft::concept_sync {

namespace {

bool is_large(const Page& page) {
  return page.count > 1 && (page.bytes > kPageBytesMax || page.count > kPageEntitiesMax);
}

}  // namespace

void append_entity(Bytes& out, const Entity& entity) {
  protocol::append_array(out, 3);
  protocol::append_string(out, entity.id);
  protocol::append_string(out, entity.type);
  entity.properties.append_to(out);
}

void Pages::add(EntityMap::iterator entity) {
  const auto next = std::next(entity);
  Page* page = nullptr;
  if (entity != entities_.begin()) {
    page = std::prev(entity)->second.page;
  } else if (next != entities_.end()) {
    page = next->second.page;
  }
  if (page == nullptr) page = &new_page_before(pages_.end());
  if (page->count == 0 || page->first == next) page->first = entity;
  entity->second.page = page;
  ++page->count;
  page->bytes += entity->second.encoded_bytes();
  make_stale(*page);
  split_if_large(*page);
}

EntityMap::node_type Pages::extract(EntityMap::iterator entity) {
  Page& page = *entity->second.page;
  make_stale(page);
  if (page.first == entity) page.first = std::next(entity);
  --page.count;
  page.bytes -= entity->second.encoded_bytes();
  auto node = entities_.extract(entity);
  node.mapped().page = nullptr;
  if (page.count == 0) {
    pages_.erase(page.here);
  } else {
    join_if_small(page);
  }
  return node;
}

void Pages::note_change(Entity& entity, std::size_t bytes_before, std::size_t bytes) {
  Page& page = *entity.page;
  page.bytes = page.bytes - bytes_before + bytes;
  make_stale(page);
  split_if_large(page);
}

std::size_t Pages::encode(std::size_t bytes_max) {
  std::size_t bytes = 0;
  while (!stale_.empty() && (bytes == 0 || bytes + stale_.front().bytes <= bytes_max)) {
    bytes += stale_.front().bytes;
    encode(stale_.front());
  }
  return bytes;
}

std::vector<SnapshotPart> Pages::parts() const {
  assert(is_encoded());
  std::vector<SnapshotPart> parts;
  parts.reserve(pages_.size());
  for (const Page& page : pages_) parts.push_back({page.count, page.entities_at, page.frame});
  return parts;
}

void Pages::forget_frames() {
  for (Page& page : pages_) make_stale(page);
}

Page& Pages::new_page_before(std::list<Page>::iterator place) {
  const auto here = pages_.emplace(place);
  here->here = here;
  stale_.push_back(*here);
  return *here;
}

void Pages::make_stale(Page& page) {
  if (!page.frame) return;
  page.frame = nullptr;
  --frames_;
  stale_.push_back(page);
}

/// Cuts where half of the bytes are on either side, as often as it takes: an entity may be larger
/// than a page. The last page stays full instead, so that what comes in order fills its pages.
void Pages::split_if_large(Page& page) {
  for (Page* large = &page; is_large(*large);) {
    make_stale(*large);
    Page& rest = new_page_before(std::next(large->here));
    const bool is_last = std::next(rest.here) == pages_.end();
    const std::size_t bytes_max = is_last ? kPageBytesMax : large->bytes / 2;
    std::size_t bytes = large->first->second.encoded_bytes();
    std::uint32_t count = 1;
    auto entity = std::next(large->first);
    for (; count + 1 < large->count && count < kPageEntitiesMax; ++entity, ++count) {
      const std::size_t more = entity->second.encoded_bytes();
      if (bytes + more > bytes_max) break;
      bytes += more;
    }
    rest.first = entity;
    rest.count = large->count - count;
    rest.bytes = large->bytes - bytes;
    large->count = count;
    large->bytes = bytes;
    for (std::uint32_t i = 0; i < rest.count; ++i, ++entity) entity->second.page = &rest;
    large = &rest;
  }
}

/// Takes in the page behind it, or gives itself to the one before it, when they make half a page
/// together: deleting leaves no crumbs.
void Pages::join_if_small(Page& page) {
  const auto join = [this](Page& before, Page& after) {
    if (before.bytes + after.bytes > kPageBytesMax / 2 ||
        before.count + after.count > kPageEntitiesMax / 2) {
      return;
    }
    make_stale(before);
    make_stale(after);
    auto entity = after.first;
    for (std::uint32_t i = 0; i < after.count; ++i, ++entity) entity->second.page = &before;
    before.count += after.count;
    before.bytes += after.bytes;
    pages_.erase(after.here);
  };
  if (const auto next = std::next(page.here); next != pages_.end()) join(page, *next);
  if (page.here != pages_.begin()) join(*std::prev(page.here), page);
}

void Pages::encode(Page& page) {
  scratch_.clear();
  protocol::append_snapshot_part(scratch_, page.count);
  page.entities_at = static_cast<std::uint32_t>(scratch_.size());
  auto entity = page.first;
  for (std::uint32_t i = 0; i < page.count; ++i, ++entity) append_entity(scratch_, entity->second);
  page.frame = protocol::make_frame(scratch_);
  ++frames_;
  page.unlink();
}

}  // namespace weft::concept_sync
