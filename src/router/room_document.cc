// SPDX-License-Identifier: Apache-2.0
// The room's document as a whole: read when the canvas is opened, encoded for those who join, for
// the log and for the HTTP API. A big one is no one turn's work, so that others' ticks come in
// time.
#include "router/room.h"

#include <algorithm>
#include <utility>

namespace weft::router {

namespace {

/// From one piece of work to the next, at least: what else the shard has to do comes in between.
constexpr std::chrono::milliseconds kPieceInterval{1};
/// The encoding is as large as the document; it is given back when nobody has asked for so long.
constexpr std::chrono::seconds kEncodingKept{60};
/// What applying an entry costs beside its ops, in bytes that are read.
constexpr std::size_t kEntryBytes = 256;

}  // namespace

bool Room::is_flush_due() const {
  return has_news() && now_.mono >= last_flush_ + tick_;
}

bool Room::take_piece() {
  if (now_.mono < next_piece_at_) return false;
  next_piece_at_ = now_.mono + kPieceInterval;
  return true;
}

/// Reads what was at rest, then replays the tail.
void Room::go_on_opening(std::size_t bytes_max) {
  std::size_t bytes = 0;
  while (!opening_->state.is_done() && bytes < bytes_max) {
    const auto read = opening_->state.read(document_, bytes_max - bytes);
    if (!read) {
      opening_.reset();
      log_open_failed(log::LogErrc::corrupt,
                      "the snapshot of canvas " + canvas_ + " cannot be read");
      return;
    }
    bytes += *read;
  }
  while (opening_->state.is_done() && opening_->next < opening_->tail.size() && bytes < bytes_max) {
    const log::Entry& entry = opening_->tail[opening_->next++];
    apply(entry);
    if (entry.seq == opening_->newest_snapshot_seq) {
      pushes_since_snapshot_ = bytes_since_snapshot_ = 0;
    }
    bytes += entry.push.ops.size() + kEntryBytes;
  }
  outgoing_.clear();  // nobody is here yet who should be told
  if (!opening_->state.is_done() || opening_->next < opening_->tail.size()) return;
  opening_.reset();
  has_log_ = true;
}

bool Room::wants_encoding() const {
  if (is_save_due_ || !readers_.empty()) return true;
  return arrivals_pending_ && std::ranges::any_of(members_, [this](const auto& member) {
           return member->arriving && !can_resume(member->arriving->since);
         });
}

/// Encodes what has changed until nothing is left that has, and gives it to those who wait for it.
/// Those who join get theirs with the tick.
void Room::go_on_encoding() {
  if (!wants_encoding()) {
    encoded_while_waiting_ = 0;
    return;
  }
  encoding_used_at_ = now_.mono;
  if (!document_.is_encoded()) {
    // The tick is not to find something stale again and again.
    if (!take_piece() && !is_flush_due()) return;
    // Where more is changed than is encoded, it ends nevertheless.
    const bool is_overtaken = encoded_while_waiting_ > 2 * document_.encoded_bytes();
    encoded_while_waiting_ += document_.encode(is_overtaken ? SIZE_MAX : config_.encode_bytes_max);
    if (!document_.is_encoded()) return;
  }
  if (std::exchange(is_save_due_, false)) save_snapshot();
  if (!readers_.empty()) answer_readers();
}

void Room::save_snapshot() {
  pushes_since_snapshot_ = 0;
  bytes_since_snapshot_ = 0;
  snapshot_size_ = document_.encoded_bytes();
  log::Snapshot snapshot{.seq = seq_, .sum = sum_, .state = {}, .clients = {}};
  snapshot.make_state = [parts = document_.parts()] { return encode_state(parts); };
  log_.save_snapshot(canvas_, std::move(snapshot));
}

void Room::answer_readers() {
  const DocumentCopy document{canvas_, epoch_, seq_, document_.parts()};
  for (const DocumentReader& reader : std::exchange(readers_, {})) reader(document);
}

void Room::forget_unused_encoding() {
  if (document_.has_encoding() && now_.mono >= encoding_used_at_ + kEncodingKept) {
    document_.forget_encoding();
  }
}

std::optional<Instant> Room::next_document_work() const {
  if (opening_ || (state_ == State::open && wants_encoding() && !document_.is_encoded())) {
    return next_piece_at_;
  }
  if (document_.has_encoding()) return encoding_used_at_ + kEncodingKept;
  return std::nullopt;
}

}  // namespace weft::router
