// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cursor/excerpts.h"
#include "protocol/messages.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weft::cursor {

/// How often a session with a view hears of cursors outside it.
inline constexpr std::chrono::milliseconds kOutsideInterval{500};

/// The latest cursor of every actor in one room, and who must hear of which. Lives on the room's
/// home shard. Moving and beating allocate nothing; add reserves what a room of that size needs.
/// docs/spec/cursor.md has the rules.
class CursorField {
 public:
  /// An actor's place in the field, valid from add to remove.
  using Slot = std::uint32_t;

  [[nodiscard]] Slot add(ActorId actor);
  /// Pending changes are dropped: presence tells others that the actor left.
  void remove(Slot slot);
  /// Latest wins. A cursor that stays where it is is no change.
  void move(Slot slot, const protocol::Cursor& cursor);
  /// The latest; until the next call that is not const.
  [[nodiscard]] const protocol::Cursor& at(Slot slot) const { return places_[slot].cursor; }

  /// Whether a beat is needed: something changed that somebody may not have been told. Stays true
  /// for up to kOutsideInterval after the last change, until the outside beat.
  [[nodiscard]] bool is_dirty() const { return !changed_outside_.empty(); }

  /// One tick: what changed since the last beat becomes the beat's cursors message, encoded once.
  /// Every kOutsideInterval a beat is also an outside beat, whose message carries all that changed
  /// since the last one.
  void beat(Instant now, std::uint32_t server_ms);

  /// Whether the beat has anything for a session without a view. False on a beat that only serves
  /// the outside.
  [[nodiscard]] bool has_message() const { return !changes_.empty(); }
  /// The beat's message; lives until the next beat.
  [[nodiscard]] ByteView message() const { return message_; }
  [[nodiscard]] bool is_outside_beat() const { return outside_beat_; }
  /// On an outside beat: all that changed since the one before. For every session with a view.
  /// Lives until the next beat; the very bytes of message() (same data()) when nothing more
  /// changed.
  [[nodiscard]] ByteView outside_message() const;
  /// On other beats: what a session with this view gets; until the next beat.
  [[nodiscard]] Excerpt excerpt_for(const protocol::Rect& view);
  /// Appends the message of an excerpt that is a part. Parts that have a number are numbered from
  /// 0, so that each need only be made once.
  void append_part(std::uint32_t part, Bytes& out) const;

  /// Everyone's position as of the last beat, for arrivals, readers that fell behind and sessions
  /// that gave up their view; what moved since comes with the next beat, which they must get as
  /// well (U9). Hidden cursors are left out when `with_hidden` is false (arrivals know of none),
  /// and told as hidden when it is true. Returns false, having appended nothing, when there is
  /// nothing to tell.
  [[nodiscard]] bool append_all(std::uint32_t server_ms, bool with_hidden, Bytes& out) const;

 private:
  struct Place {
    ActorId actor;
    protocol::Cursor cursor;  // the latest
    protocol::Cursor told;    // as of the last beat
    bool used = false;
    bool shown = false;            // has been told
    bool changed = false;          // since the last beat: is in changed_
    bool changed_outside = false;  // since the last outside beat: is in changed_outside_
  };
  std::vector<Place> places_;
  std::vector<Slot> free_;
  std::vector<Slot> changed_;  // a part of changed_outside_
  std::vector<Slot> changed_outside_;
  std::vector<Change> changes_;  // of the beat
  Bytes message_;
  Bytes outside_message_;  // empty when message_ serves
  Excerpts excerpts_;
  bool outside_beat_ = false;
  std::optional<Instant> last_outside_beat_;
  std::uint32_t server_ms_ = 0;
};

}  // namespace weft::cursor
