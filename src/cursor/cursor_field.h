// SPDX-License-Identifier: Apache-2.0
#pragma once

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
  [[nodiscard]] bool has_message() const { return !pieces_.empty(); }
  /// The beat's message; lives until the next beat.
  [[nodiscard]] ByteView message() const { return message_; }
  [[nodiscard]] bool is_outside_beat() const { return outside_beat_; }
  /// On an outside beat: all that changed since the one before. For every session with a view.
  /// Lives until the next beat; the very bytes of message() (same data()) when nothing more
  /// changed.
  [[nodiscard]] ByteView outside_message() const;
  /// On other beats: appends what changed inside `view` and returns true; or returns false, having
  /// appended nothing, when nothing did. When all that changed is inside, this is message() again:
  /// see covers_all.
  [[nodiscard]] bool append_inside(const protocol::Rect& view, Bytes& out) const;
  /// Whether `view` holds every cursor that changed in this beat, so that message() can be shared.
  [[nodiscard]] bool covers_all(const protocol::Rect& view) const;

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
  /// One changed cursor of the beat.
  struct Piece {
    protocol::Cursor before;
    protocol::Cursor after;
    std::size_t begin = 0;  // its entry's range in message_
    std::size_t end = 0;
  };

  [[nodiscard]] static bool is_inside(const Piece& piece, const protocol::Rect& view);

  std::vector<Place> places_;
  std::vector<Slot> free_;
  std::vector<Slot> changed_;  // a part of changed_outside_
  std::vector<Slot> changed_outside_;
  std::vector<Piece> pieces_;
  Bytes message_;
  Bytes outside_message_;  // empty when message_ serves
  bool outside_beat_ = false;
  std::optional<Instant> last_outside_beat_;
  std::uint32_t server_ms_ = 0;
};

}  // namespace weft::cursor
