// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "presence/presence_room.h"
#include "protocol/messages.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace weft::router {

/// What one instance tells the others of a canvas in one tick: its own cursors, people and events.
/// MessagePack [version, is full, [cursor …], [person …], [farewell …], [event …]]; docs/spec/
/// cluster.md has the parts.
inline constexpr std::uint64_t kBridgeVersion = 1;

/// The people and the events of one batch have about so many bytes at most: one that is larger is
/// published in pieces. Far below what a bus takes.
inline constexpr std::size_t kPieceBytesMax = std::size_t{1} << 20;

/// Gathers what a tick publishes, each thing encoded once where it is noted. Keeps its buffers from
/// batch to batch, so that noting allocates nothing in the steady state.
class BridgeWriter {
 public:
  using Publish = std::function<void(Bytes batch)>;

  void add_cursor(ActorId actor, const protocol::Cursor& cursor);
  void add_person(const presence::Statement& person);
  /// Somebody of whom an earlier batch of the same tick tells; only for a full one.
  void add_name(ActorId actor);
  void add_farewell(const presence::Farewell& farewell);
  void add_event(ActorId actor, std::string_view name, ByteView payload);

  [[nodiscard]] bool is_empty() const;
  void clear();
  /// Publishes all that was added since the last time: one batch, or before it others with people,
  /// then others with events, when there are too many of them. `is_full`: the last batch names
  /// every cursor that is shown and every person. It is the last so that all that it names is
  /// known.
  void hand_over(bool is_full, const Publish& publish);

 private:
  struct Part {
    std::uint32_t count = 0;
    Bytes items;
    void clear();
  };
  /// What comes from now on goes into another batch.
  void end_people_piece();
  void end_events_piece();
  [[nodiscard]] static Bytes encode(bool is_full, const Part& cursors, const Part& people,
                                    const Part& farewells, const Part& events);

  Part cursors_;
  Part people_;
  Part farewells_;
  Part events_;
  std::vector<Bytes> people_pieces_;
  std::vector<Bytes> event_pieces_;
  std::vector<ActorId> people_actors_;  // of everybody added
  std::size_t people_in_pieces_ = 0;    // so many of them
};

/// A batch as it was received; views into its bytes. Kept and filled again, so that batches of
/// cursors allocate nothing in the steady state.
struct BridgeBatch {
  struct Cursor {
    ActorId actor;
    protocol::Cursor cursor;
  };
  struct Event {
    ActorId actor;
    std::string_view name;
    ByteView payload;
  };
  /// Forgets everything, and gives back what a big batch took.
  void clear();

  bool is_full = false;
  std::vector<Cursor> cursors;
  std::vector<presence::Statement> people;
  std::vector<ActorId> named;  // of a full batch: people of whom those before it have told
  std::vector<presence::Farewell> farewells;
  std::vector<Event> events;
};

/// False when the bytes are anything else than a batch of this version; `into` is then of no use.
[[nodiscard]] bool decode_bridge_batch(ByteView bytes, BridgeBatch& into);

}  // namespace weft::router
