// SPDX-License-Identifier: Apache-2.0
#include "cursor/cursor_field.h"

#include <algorithm>
#include <cassert>

namespace weft::cursor {
namespace {

/// An array header, the actor at 9 bytes, two coordinates at 5.
constexpr std::size_t kEntryBytesMax = 1 + 9 + 2 * 5;
/// Two array headers, the kind, the server's time.
constexpr std::size_t kHeadBytesMax = 1 + 1 + 5 + 5;

bool is_same(const protocol::Cursor& a, const protocol::Cursor& b) {
  if (a.hidden || b.hidden) return a.hidden == b.hidden;
  return a.x == b.x && a.y == b.y;
}

}  // namespace

CursorField::Slot CursorField::add(ActorId actor) {
  Slot slot = 0;
  if (free_.empty()) {
    slot = static_cast<Slot>(places_.size());
    places_.emplace_back();
    const std::size_t room = places_.capacity();
    free_.reserve(room);
    changed_.reserve(room);
    changed_outside_.reserve(room);
    changes_.reserve(room);
    message_.reserve(kHeadBytesMax + room * kEntryBytesMax);
    outside_message_.reserve(kHeadBytesMax + room * kEntryBytesMax);
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  places_[slot] = {
      .actor = actor, .cursor = {.hidden = true}, .told = {.hidden = true}, .used = true};
  return slot;
}

void CursorField::remove(Slot slot) {
  Place& place = places_[slot];
  assert(place.used);
  if (place.changed) std::erase(changed_, slot);
  if (place.changed_outside) std::erase(changed_outside_, slot);
  place = {};
  free_.push_back(slot);
}

void CursorField::move(Slot slot, const protocol::Cursor& cursor) {
  Place& place = places_[slot];
  assert(place.used);
  if (is_same(place.cursor, cursor)) return;
  place.cursor = cursor;
  if (!place.changed) {
    place.changed = true;
    changed_.push_back(slot);
  }
  if (!place.changed_outside) {
    place.changed_outside = true;
    changed_outside_.push_back(slot);
  }
}

void CursorField::beat(Instant now, std::uint32_t server_ms) {
  server_ms_ = server_ms;
  changes_.clear();
  excerpts_.begin_beat();
  message_.clear();
  outside_message_.clear();
  const bool nothing_else_outside = changed_.size() == changed_outside_.size();

  if (!changed_.empty()) {
    protocol::append_cursors_head(message_, server_ms, static_cast<std::uint32_t>(changed_.size()));
    for (const Slot slot : changed_) {
      Place& place = places_[slot];
      const auto begin = static_cast<std::uint32_t>(message_.size());
      protocol::append_cursor_entry(message_, place.actor, place.cursor);
      changes_.push_back({.before = place.told,
                          .after = place.cursor,
                          .begin = begin,
                          .end = static_cast<std::uint32_t>(message_.size())});
      place.told = place.cursor;
      place.shown = true;
      place.changed = false;
    }
    changed_.clear();
  }

  outside_beat_ = !changed_outside_.empty() &&
                  (!last_outside_beat_ || now - *last_outside_beat_ >= kOutsideInterval);
  if (!outside_beat_) return;
  last_outside_beat_ = now;
  if (!nothing_else_outside) {
    protocol::append_cursors_head(outside_message_, server_ms,
                                  static_cast<std::uint32_t>(changed_outside_.size()));
    for (const Slot slot : changed_outside_) {
      protocol::append_cursor_entry(outside_message_, places_[slot].actor, places_[slot].cursor);
    }
  }
  for (const Slot slot : changed_outside_) places_[slot].changed_outside = false;
  changed_outside_.clear();
}

ByteView CursorField::outside_message() const {
  if (!outside_beat_) return {};
  return outside_message_.empty() ? message_ : outside_message_;
}

Excerpt CursorField::excerpt_for(const protocol::Rect& view) {
  if (changes_.empty()) return {};
  if (!excerpts_.is_arranged()) excerpts_.arrange(changes_, message_);
  return excerpts_.find(view);
}

void CursorField::append_part(std::uint32_t part, Bytes& out) const {
  excerpts_.append_part(part, server_ms_, out);
}

bool CursorField::append_all(std::uint32_t server_ms, bool with_hidden, Bytes& out) const {
  const auto is_told = [with_hidden](const Place& place) {
    return place.used && place.shown && (with_hidden || !place.told.hidden);
  };
  const auto count = std::ranges::count_if(places_, is_told);
  if (count == 0) return false;
  protocol::append_cursors_head(out, server_ms, static_cast<std::uint32_t>(count));
  for (const Place& place : places_) {
    if (is_told(place)) protocol::append_cursor_entry(out, place.actor, place.told);
  }
  return true;
}

}  // namespace weft::cursor
