// SPDX-License-Identifier: Apache-2.0
#include "connection/outbox.h"

#include "connection/frame_compressor.h"

#include <algorithm>
#include <utility>

namespace weft::connection {
namespace {

// An outbox that had to hold more gives the memory back when it has drained.
constexpr std::size_t kKeptItems = 8;

// What has been sent is forgotten so many items at a time.
constexpr std::size_t kSentItemsMax = 64;

// Enough for one write. A frame's text form is made when its turn comes: of a snapshot not all at
// once.
constexpr std::size_t kGatherBytes = std::size_t{64} * 1024;

}  // namespace

bool Outbox::is_compressible(const Item& item) const {
  return item.frame && compressor_ != nullptr && FrameCompressor::takes(item.lane);
}

/// Requires: what is compressible has been settled.
ByteView Outbox::bytes_of(const Item& item) const {
  if (!item.frame) return item.raw;
  return is_compressible(item) ? item.frame->settled_wire(encoding_) : item.frame->wire(encoding_);
}

/// What a frame counts for, whichever form goes out: known as soon as it is offered.
std::size_t Outbox::counted_bytes(const Item& item) const {
  return item.frame->wire(encoding_).size();
}

Outbox::Offer Outbox::offer(protocol::FrameRef frame, Lane lane, Instant now) {
  if (lane == Lane::live && (blocked_ || held_back_)) {
    stale_ = true;
    return Offer::coalesced;
  }
  if (lane == Lane::reliable) {
    const std::size_t size = frame->wire(encoding_).size();
    if ((blocked_ || held_back_) && reliable_bytes_ + size > limits_.bytes_max)
      return Offer::over_limit;
    reliable_bytes_ += size;
  }
  rested_ = false;
  queue_.push_back({std::move(frame), {}, lane, now});
  return Offer::queued;
}

void Outbox::offer_control(Bytes frame, Instant now) {
  rested_ = false;
  queue_.push_back({nullptr, std::move(frame), Lane::bulk, now});
}

std::size_t Outbox::gather(std::span<ByteView> out) const {
  std::size_t count = 0;
  std::size_t gathered = 0;
  for (std::size_t i = head_; i < queue_.size() && count < out.size() && gathered < kGatherBytes;
       ++i) {
    const Item& item = queue_[i];
    if (is_compressible(item) &&
        !compressor_->settle(*item.frame, encoding_, item.lane, item.queued_at)) {
      break;
    }
    ByteView bytes = bytes_of(item);
    if (count == 0) bytes.remove_prefix(head_sent_);
    out[count++] = bytes;
    gathered += bytes.size();
  }
  return count;
}

void Outbox::pop_front(Instant now) {
  Item& item = queue_[head_];
  if (item.lane == Lane::reliable) reliable_bytes_ -= counted_bytes(item);
  if (item.lane == Lane::bulk) age_floor_ = now;
  item.frame = nullptr;
  item.raw = Bytes();
  ++head_;
  head_sent_ = 0;
}

void Outbox::note_written(std::size_t bytes, Instant now) {
  while (bytes > 0 && !is_empty()) {
    const std::size_t left = bytes_of(queue_[head_]).size() - head_sent_;
    if (bytes < left) {
      head_sent_ += bytes;
      if (queue_[head_].lane == Lane::bulk)
        age_floor_ = now;  // a big frame that moves is not stuck
      return;
    }
    bytes -= left;
    pop_front(now);
  }
  if (is_empty()) {
    blocked_ = held_back_ = false;
    forget_sent();
  } else if (head_ >= kSentItemsMax) {
    forget_sent();
  }
}

void Outbox::forget_sent() {
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
  head_ = 0;
  if (queue_.capacity() > kKeptItems) queue_.shrink_to_fit();
}

void Outbox::note_blocked() {
  blocked_ = true;
  forget_sent();
  const auto kept = std::remove_if(first_unsent(), queue_.end(),
                                   [](const Item& item) { return item.lane == Lane::live; });
  if (kept != queue_.end()) stale_ = true;
  queue_.erase(kept, queue_.end());
}

void Outbox::note_held_back(Instant now) {
  held_back_ = true;
  age_floor_ = now;
}

void Outbox::note_writable() {
  if (is_empty()) blocked_ = false;
}

bool Outbox::take_refresh() {
  if (blocked_ || held_back_) return false;
  return std::exchange(stale_, false);
}

bool Outbox::rest() {
  if (std::exchange(rested_, true) && is_empty()) std::vector<Item>().swap(queue_);
  return held_bytes() == 0;
}

bool Outbox::is_overdue(Instant now) const {
  if (is_empty()) return false;
  return now - std::max(queue_[head_].queued_at, age_floor_) >= limits_.age_max;
}

void Outbox::drop_waiting() {
  queue_.erase(first_unsent(), queue_.end());
  stale_ = false;
  reliable_bytes_ = 0;
  if (!is_empty() && queue_[head_].lane == Lane::reliable) {
    reliable_bytes_ = counted_bytes(queue_[head_]);
  }
}

}  // namespace weft::connection
