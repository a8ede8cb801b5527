// SPDX-License-Identifier: Apache-2.0
#include "cursor/excerpts.h"

#include <algorithm>
#include <cassert>

namespace weft::cursor {
namespace {

/// The cell of what is of interest everywhere (U6).
constexpr Cell kHidden = 0;
/// Before any view has been asked for: half of a window of 1,000 units.
constexpr int kFirstSideExponent = 9;
/// A view of middling size is two to four cells wide.
constexpr int kSideBelowView = 1;
/// A view that would take more runs, or more looking, gets everything: its part would be most of
/// that anyway, or the view is one of few that are huge beside the others.
constexpr std::size_t kRunsMax = 64;
constexpr int kStepsMax = 256;
constexpr std::size_t kTableMin = 64;

}  // namespace

Excerpts::Excerpts() : side_exponent_(kFirstSideExponent) {}

void Excerpts::begin_beat() {
  if (const auto median = sizes_.median()) {
    side_exponent_ = *median - kSideBelowView;
    sizes_.clear();
  }
  if (!is_arranged_) return;
  is_arranged_ = false;
  runs_.clear();
  parts_.clear();
  std::ranges::fill(table_, 0);
}

void Excerpts::arrange(std::span<const Change> changes, ByteView message) {
  assert(!is_arranged_);
  is_arranged_ = true;
  const Grid grid(side_exponent_);
  cells_.clear();
  here_.clear();
  left_.clear();
  for (const Change& change : changes) {
    const auto index = static_cast<std::uint32_t>(cells_.size());
    const Cell cell = change.after.hidden ? kHidden : grid.cell_of(change.after);
    cells_.push_back(cell);
    here_.push_back({cell, index});
    if (cell == kHidden || change.before.hidden) continue;
    const Cell before = grid.cell_of(change.before);
    if (before != cell) left_.push_back({before, index});
  }
  std::ranges::sort(here_);
  std::ranges::sort(left_);
  entries_.clear();
  ends_.clear();
  ends_.push_back(0);
  append_entries(here_, changes, message);
  append_entries(left_, changes, message);
}

void Excerpts::append_entries(const std::vector<Place>& places, std::span<const Change> changes,
                              ByteView message) {
  for (const Place& place : places) {
    const Change& change = changes[place.change];
    entries_.append(message, change.begin, change.end - change.begin);
    ends_.push_back(static_cast<std::uint32_t>(entries_.size()));
  }
}

Excerpt Excerpts::find(const protocol::Rect& view) {
  assert(is_arranged_);
  sizes_.note(view);
  gathered_ = runs_.size();
  entries_gathered_ = 0;
  const bool is_within_bounds = gather(Grid(side_exponent_).box_of(view));
  if (is_within_bounds && entries_gathered_ == 0) return {};
  if (is_within_bounds && entries_gathered_ < here_.size()) {
    return {Excerpt::Kind::part, number_of_gathered()};
  }
  runs_.resize(gathered_);
  return {Excerpt::Kind::everything};
}

/// Collects the runs of a view; false when they are too many.
bool Excerpts::gather(const CellBox& box) {
  int steps_left = kStepsMax;
  const auto hidden_end = std::ranges::upper_bound(here_, kHidden, {}, &Place::cell);
  add_run({0, static_cast<std::uint32_t>(hidden_end - here_.begin())});
  const bool has_here = for_each_run(here_, box, steps_left, [this](Run run) {
    add_run(run);
    return runs_.size() - gathered_ <= kRunsMax;
  });
  if (!has_here) return false;
  const auto offset = static_cast<std::uint32_t>(here_.size());
  return for_each_run(left_, box, steps_left, [&](Run run) {
    for (std::uint32_t at = run.begin; at < run.end; ++at) {
      // Who only went from cell to cell of this view is there already (U1).
      if (--steps_left < 0) return false;
      if (!box.holds(cells_[left_[at].change])) add_run({offset + at, offset + at + 1});
    }
    return runs_.size() - gathered_ <= kRunsMax;
  });
}

/// Calls `take` with what lies in the box, row by row, and jumps over rows where nothing does.
/// False when it takes too many steps, or when `take` said so.
template <class Take>
bool Excerpts::for_each_run(const std::vector<Place>& places, const CellBox& box, int& steps_left,
                            const Take& take) {
  const auto number_of = [&places](auto at) {
    return static_cast<std::uint32_t>(at - places.begin());
  };
  const auto jump_to = [&places](auto from, Cell cell) {
    return std::lower_bound(from, places.end(), cell,
                            [](const Place& place, Cell other) { return place.cell < other; });
  };
  const Cell last = cell_at(box.last_row, box.last_column);
  auto at = jump_to(places.begin(), cell_at(box.first_row, box.first_column));
  while (at != places.end() && at->cell <= last) {
    if (--steps_left < 0) return false;
    const std::uint32_t row = row_of(at->cell);
    const std::uint32_t column = column_of(at->cell);
    if (column < box.first_column) {
      at = jump_to(at, cell_at(row, box.first_column));
    } else if (column > box.last_column) {
      at = jump_to(at, cell_at(row + 1, box.first_column));
    } else {
      // The cell behind the last one of this row; the last column's is in the next row, where
      // nothing stands, because there is no column 0.
      const auto end = jump_to(at, cell_at(row, box.last_column) + 1);
      if (!take({number_of(at), number_of(end)})) return false;
      at = end;
    }
  }
  return true;
}

/// Joins what stands one after the other.
void Excerpts::add_run(Run run) {
  if (run.begin == run.end) return;
  entries_gathered_ += run.end - run.begin;
  if (runs_.size() > gathered_ && runs_.back().end == run.begin) {
    runs_.back().end = run.end;
  } else {
    runs_.push_back(run);
  }
}

/// The part that has the gathered runs: one there is, or a new one.
std::uint32_t Excerpts::number_of_gathered() {
  const std::span gathered = std::span<const Run>(runs_).subspan(gathered_);
  std::size_t hash = 0;
  for (const Run& run : gathered) {
    hash = (hash ^ (std::size_t{run.begin} << 32 | run.end)) * 0x9e37'79b9'7f4a'7c15U;
    hash ^= hash >> 32;
  }
  if (parts_.size() * 2 >= table_.size()) {
    table_.assign(std::max(kTableMin, table_.size() * 2), 0);
    for (std::uint32_t number = 0; number < parts_.size(); ++number) enter(number);
  }
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash & mask; table_[at] != 0; at = (at + 1) & mask) {
    const std::uint32_t number = table_[at] - 1;
    if (parts_[number].hash != hash || !std::ranges::equal(runs_of(parts_[number]), gathered)) {
      continue;
    }
    runs_.resize(gathered_);
    return number;
  }
  parts_.push_back({hash, gathered_, gathered.size(), entries_gathered_});
  const auto number = static_cast<std::uint32_t>(parts_.size() - 1);
  enter(number);
  return number;
}

std::span<const Excerpts::Run> Excerpts::runs_of(const Part& part) const {
  return std::span(runs_).subspan(part.first_run, part.run_count);
}

/// Puts a part into the table, which has room.
void Excerpts::enter(std::uint32_t number) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = parts_[number].hash & mask;
  while (table_[at] != 0) at = (at + 1) & mask;
  table_[at] = number + 1;
}

void Excerpts::append_part(std::uint32_t part, std::uint32_t server_ms, Bytes& out) const {
  protocol::append_cursors_head(out, server_ms, parts_[part].entry_count);
  for (const Run& run : runs_of(parts_[part])) {
    out.append(entries_, ends_[run.begin], ends_[run.end] - ends_[run.begin]);
  }
}

}  // namespace weft::cursor
