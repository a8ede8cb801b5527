// SPDX-License-Identifier: Apache-2.0
// A room's tick: what has gathered leaves, encoded once, with at most two frames for each member.
#include "connection/role.h"
#include "router/room.h"

#include <utility>

namespace weft::router {

using connection::Lane;
using protocol::FrameRef;
using protocol::make_frame;

namespace {

// A part of what a client missed: small enough that a slow link shows progress.
constexpr std::size_t kPartBytesMax = 128 * 1024;

}  // namespace

void Room::flush(Now now) {
  last_flush_ = now.mono;
  const auto server_ms = static_cast<std::uint32_t>(now.wall_ms);
  if (state_ == State::open) {
    tell_changes();
    tell_cursors(now.mono, server_ms);
    if (arrivals_pending_) welcome_arrivals(server_ms);
  }
  if (has_unpublished()) publish();
}

void Room::tell_changes() {
  Bytes common;  // for everybody alike
  if (presence_.has_changes()) presence_.append_changes(common);
  if (tick_changed_) protocol::append_pace(common, static_cast<std::uint32_t>(tick_.count()));
  tick_changed_ = false;

  scratch_.clear();
  outgoing_.append_shared(scratch_);
  scratch_ += common;
  FrameRef shared;
  if (!scratch_.empty()) shared = make_frame(scratch_);
  for (const auto& member : members_) {
    if (member->arriving) continue;
    if (member->held) member->held->is_told = false;
    if (std::exchange(member->owns_items, false)) {
      scratch_.clear();
      outgoing_.append_for(member->session, scratch_);
      scratch_ += common;
      if (!scratch_.empty()) send(member->session, make_frame(scratch_), Lane::reliable);
    } else if (shared) {
      send(member->session, shared, Lane::reliable);
    }
  }
  outgoing_.clear();
}

void Room::tell_cursors(Instant now, std::uint32_t server_ms) {
  if (!cursors_.is_dirty() && !positions_pending_) return;
  cursors_.beat(now, server_ms);
  FrameRef message;
  FrameRef outside;
  FrameRef positions;
  if (cursors_.has_message()) message = make_frame(cursors_.message());
  if (cursors_.is_outside_beat() && !cursors_.outside_message().empty()) {
    outside = make_frame(cursors_.outside_message());
  }
  if (positions_pending_) {
    scratch_.clear();
    if (cursors_.append_all(server_ms, true, scratch_)) positions = make_frame(scratch_);
  }
  positions_pending_ = false;
  for (const auto& member : members_) {
    if (member->arriving) continue;
    if (std::exchange(member->needs_positions, false)) {
      if (positions) send(member->session, positions, Lane::live);
    } else if (!member->view) {
      if (message) send(member->session, message, Lane::live);
    } else if (cursors_.is_outside_beat()) {
      if (outside) send(member->session, outside, Lane::live);
    } else if (message) {
      send_excerpt(*member, message);
    }
  }
  excerpt_frames_.clear();
}

/// What the member's view gets of the beat. A part is made when the first member needs it.
void Room::send_excerpt(const Member& member, const FrameRef& message) {
  const cursor::Excerpt excerpt = cursors_.excerpt_for(*member.view);
  switch (excerpt.kind) {
    case cursor::Excerpt::Kind::nothing:
      return;
    case cursor::Excerpt::Kind::everything:
      send(member.session, message, Lane::live);
      return;
    case cursor::Excerpt::Kind::part:
      if (excerpt.part == excerpt_frames_.size()) {
        scratch_.clear();
        cursors_.append_part(excerpt.part, scratch_);
        excerpt_frames_.push_back(make_frame(scratch_));
      }
      send(member.session, excerpt_frames_[excerpt.part], Lane::live);
      return;
  }
}

/// Lets in whom it can: those who need a snapshot wait until the document is encoded, and for one
/// of the next ticks when many come at once.
void Room::welcome_arrivals(std::uint32_t server_ms) {
  arrivals_pending_ = false;
  FrameRef everyone;
  FrameRef positions;
  std::vector<concept_sync::SnapshotPart> parts;
  FrameRef last_part;
  std::size_t frames = 0;
  Bytes bytes;
  for (const auto& member : members_) {
    if (!member->arriving) continue;
    const bool resumed = can_resume(member->arriving->since);
    if (!resumed) {
      if (!document_.is_encoded() || (frames > 0 && frames >= config_.welcome_frames_max)) {
        arrivals_pending_ = true;
        continue;
      }
      if (!last_part) {
        parts = document_.parts();
        bytes.clear();
        protocol::append_snapshot(bytes, seq_, true, 0, {}, sum_);
        last_part = make_frame(bytes);
      }
    }
    if (!everyone) {
      bytes.clear();
      presence_.append_everyone(bytes);
      everyone = make_frame(bytes);
      bytes.clear();
      if (cursors_.append_all(server_ms, false, bytes)) positions = make_frame(bytes);
    }
    send_welcome(*member, resumed);
    send(member->session, everyone, Lane::bulk);
    if (resumed) {
      send_missed(member->session, member->arriving->since->seq);
    } else {
      for (const auto& part : parts) send(member->session, part.frame, Lane::bulk);
      send(member->session, last_part, Lane::bulk);
      frames += parts.size();
    }
    if (positions) send(member->session, positions, Lane::live);
    member->arriving.reset();
    host_.session_admitted(member->session, *member);
  }
}

void Room::send_welcome(const Member& member, bool resumed) {
  protocol::Welcome welcome;
  welcome.actor = member.actor;
  const presence::User& user = member.arriving->user;
  welcome.user = {user.id, user.name, user.color, user.avatar};
  welcome.role = connection::name_of(member.role);
  welcome.epoch = epoch_;
  welcome.seq = seq_;
  welcome.sum = sum_;
  welcome.n = highest_n(member.client);
  welcome.resumed = resumed;
  welcome.tick_ms = static_cast<std::uint32_t>(tick_.count());
  welcome.token_expires_in_ms = member.arriving->token_expires_in_ms;
  welcome.limits = &config_.limits;
  welcome.server = config_.server_name;
  Bytes bytes;
  protocol::append_welcome(bytes, welcome);
  send(member.session, make_frame(bytes), Lane::reliable);
}

bool Room::can_resume(const std::optional<protocol::Since>& since) const {
  if (!since || since->epoch != epoch_) return false;
  const auto sum = history_.sum_at(since->seq);
  return sum && (!since->sum || *since->sum == *sum);
}

void Room::send_missed(SessionId session, std::uint64_t after) {
  Bytes bytes;
  history_.for_each_after(after, [&](ByteView message) {
    if (!bytes.empty() && bytes.size() + message.size() > kPartBytesMax) {
      send(session, make_frame(bytes), Lane::bulk);
      bytes.clear();
    }
    bytes += message;
  });
  if (!bytes.empty()) send(session, make_frame(bytes), Lane::bulk);
}

}  // namespace weft::router
