// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cursor/cells.h"
#include "protocol/messages.h"
#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::cursor {

/// One changed cursor of a beat.
struct Change {
  protocol::Cursor before;  // as it was told
  protocol::Cursor after;
  std::uint32_t begin = 0;  // its entry in the beat's message
  std::uint32_t end = 0;
};

/// What a view gets of a beat.
struct Excerpt {
  enum class Kind : std::uint8_t {
    nothing,
    everything,  // the beat's whole message
    part,        // one of the beat's parts
  };
  Kind kind = Kind::nothing;
  /// The part's number: from 0, without holes. Equal numbers are equal bytes.
  std::uint32_t part = 0;
};

/// Answers views with parts of a beat's message. The changes lie in the cells of a grid; a view
/// gets the cells that it touches, so that views of about the same place get the same part, which
/// is made once. No entry is encoded again: those of cells that follow each other in a row are one
/// run of bytes, and a part is a few runs. Allocates nothing when beats, views and parts are no
/// more than they once were.
class Excerpts {
 public:
  Excerpts();

  /// A new beat: the parts of the one before are gone. The size of its cells follows from the views
  /// that the one before was asked for.
  void begin_beat();
  [[nodiscard]] bool is_arranged() const { return is_arranged_; }
  /// Sorts the beat's changes, whose entries are in `message`, into cells: once, when the first
  /// view asks.
  void arrange(std::span<const Change> changes, ByteView message);

  /// At least what changed inside `view`, edges included, what has left it, and what was hidden.
  /// Requires: is_arranged.
  [[nodiscard]] Excerpt find(const protocol::Rect& view);
  /// Appends the cursors message of a part.
  void append_part(std::uint32_t part, std::uint32_t server_ms, Bytes& out) const;

 private:
  /// A change in a cell.
  struct Place {
    Cell cell = 0;
    std::uint32_t change = 0;
    auto operator<=>(const Place&) const = default;
  };
  /// Entries that stand one after the other in entries_.
  struct Run {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool operator==(const Run&) const = default;
  };
  struct Part {
    std::size_t hash = 0;
    std::size_t first_run = 0;
    std::size_t run_count = 0;
    std::uint32_t entry_count = 0;
  };

  void append_entries(const std::vector<Place>& places, std::span<const Change> changes,
                      ByteView message);
  template <class Take>
  [[nodiscard]] bool for_each_run(const std::vector<Place>& places, const CellBox& box,
                                  int& steps_left, const Take& take);
  [[nodiscard]] bool gather(const CellBox& box);
  void add_run(Run run);
  [[nodiscard]] std::uint32_t number_of_gathered();
  [[nodiscard]] std::span<const Run> runs_of(const Part& part) const;
  void enter(std::uint32_t number);

  int side_exponent_;
  ViewSizes sizes_;  // asked for in this beat
  bool is_arranged_ = false;
  std::vector<Cell> cells_;          // of each change; kHidden when it has none
  std::vector<Place> here_;          // each change in its cell, those without one first
  std::vector<Place> left_;          // changes in the cell where they were, when it is another
  Bytes entries_;                    // of here_, then of left_
  std::vector<std::uint32_t> ends_;  // of each entry, in entries_; one more in front

  std::vector<Run> runs_;     // those of all parts, and behind them what is being gathered
  std::size_t gathered_ = 0;  // where that begins
  std::uint32_t entries_gathered_ = 0;
  std::vector<Part> parts_;
  /// Finds a part by the hash of its runs: number + 1, or 0. As many as a power of two.
  std::vector<std::uint32_t> table_;
};

}  // namespace weft::cursor
