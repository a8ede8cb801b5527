// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/messages.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/time.h"

namespace weft::cursor {

/// How often a session with a view hears of cursors outside it.
inline constexpr std::chrono::milliseconds kOutsideInterval{500};

/// The latest cursor of every actor in one room, and who must hear of which. Lives on the room's home shard.
/// Moving and beating allocate nothing once the room's size has been reached.
class CursorField {
 public:
  /// An actor's place in the field, valid from add to remove.
  using Slot = std::uint32_t;

  [[nodiscard]] Slot add(ActorId actor);
  void remove(Slot slot);
  /// Latest wins.
  void move(Slot slot, const protocol::Cursor& cursor);

  /// Whether a beat is needed: something changed that somebody has not been told.
  [[nodiscard]] bool is_dirty() const;

  /// One tick: what changed since the last beat becomes the beat's cursors message, encoded once. Every
  /// kOutsideInterval a beat is also an outside beat, whose message carries all that changed since the last one.
  void beat(Instant now, std::uint32_t server_ms);

  /// Whether the beat has anything for a session without a view.
  [[nodiscard]] bool has_message() const;
  /// The beat's message; lives until the next beat.
  [[nodiscard]] ByteView message() const;
  [[nodiscard]] bool is_outside_beat() const;
  /// On an outside beat: all that changed since the one before. For every session with a view.
  [[nodiscard]] ByteView outside_message() const;
  /// On other beats: appends what changed inside `view` and returns true; or returns false, having appended
  /// nothing, when nothing did. When all that changed is inside, this is message() again: see covers_all.
  [[nodiscard]] bool append_inside(const protocol::Rect& view, Bytes& out) const;
  /// Whether `view` holds every cursor that changed in this beat, so that message() can be shared.
  [[nodiscard]] bool covers_all(const protocol::Rect& view) const;

  /// Everyone's position now, for arrivals and for readers that fell behind. Hidden cursors are left out when
  /// `with_hidden` is false (arrivals know of none), and told as hidden when it is true.
  [[nodiscard]] bool append_all(std::uint32_t server_ms, bool with_hidden, Bytes& out) const;

 private:
  struct Place {
    ActorId actor;
    protocol::Cursor cursor;
    bool used = false;
    bool shown = false;            // has ever moved
    bool changed = false;          // since the last beat
    bool changed_outside = false;  // since the last outside beat
  };
  struct Piece {
    protocol::Cursor cursor;
    std::size_t begin = 0;  // range in encoded entries
    std::size_t end = 0;
  };

  std::vector<Place> places_;
  std::vector<Slot> free_;
  std::vector<Slot> changed_;
  std::vector<Slot> changed_outside_;
  std::vector<Piece> pieces_;
  Bytes entries_;
  Bytes message_;
  Bytes outside_message_;
  bool outside_beat_ = false;
  Instant last_outside_beat_{};
  std::uint32_t server_ms_ = 0;
};

}  // namespace weft::cursor
