// SPDX-License-Identifier: Apache-2.0
#include "protocol/coordinate.h"
#include "protocol/messages.h"
#include "protocol/server_kind.h"

namespace weft::protocol {

namespace {

using Kind = ServerKind;

void append_head(Bytes& out, std::uint32_t items, Kind kind) {
  append_array(out, items);
  append_uint(out, static_cast<std::uint64_t>(kind));
}

void append_actor(Bytes& out, ActorId actor) {
  append_uint(out, actor.value);
}

/// 8 opaque bytes.
void append_sum(Bytes& out, Sum sum) {
  char bytes[sizeof(Sum)];
  for (char& byte : bytes) {
    byte = static_cast<char>(sum >> 56);
    sum <<= 8;
  }
  append_binary(out, {bytes, sizeof(bytes)});
}

void append_entry(Bytes& out, std::string_view key, std::uint64_t value) {
  append_string(out, key);
  append_uint(out, value);
}

void append_entry(Bytes& out, std::string_view key, std::string_view value) {
  append_string(out, key);
  append_string(out, value);
}

void append_user(Bytes& out, const UserInfo& user) {
  append_map(out, 2U + (user.color.empty() ? 0U : 1U) + (user.avatar.empty() ? 0U : 1U));
  append_entry(out, "id", user.id);
  append_entry(out, "name", user.name);
  if (!user.color.empty()) append_entry(out, "color", user.color);
  if (!user.avatar.empty()) append_entry(out, "avatar", user.avatar);
}

/// What a client must know to stay within its bounds.
void append_limits(Bytes& out, const Limits& limits) {
  append_map(out, 12);
  append_entry(out, "frame_bytes_max", limits.frame_bytes_max);
  append_entry(out, "push_ops_max", limits.push_ops_max);
  append_entry(out, "entity_bytes_max", limits.entity_bytes_max);
  append_entry(out, "entities_max", limits.entities_max);
  append_entry(out, "document_bytes_max", limits.document_bytes_max);
  append_entry(out, "id_chars_max", kIdCharsMax);
  append_entry(out, "presence_bytes_max", limits.presence_bytes_max);
  append_entry(out, "event_bytes_max", limits.event_bytes_max);
  append_entry(out, "cursors_per_second", limits.cursors_per_second);
  append_entry(out, "pushes_per_second", limits.pushes_per_second);
  append_entry(out, "events_per_second", limits.events_per_second);
  append_entry(out, "presence_per_second", limits.presence_per_second);
}

std::uint32_t count_of(const auto& list) {
  return static_cast<std::uint32_t>(list.size());
}

}  // namespace

void append_welcome(Bytes& out, const Welcome& welcome) {
  append_head(out, 2, Kind::welcome);
  append_map(out, welcome.token_expires_in_ms ? 12 : 11);
  append_entry(out, "actor", welcome.actor.value);
  append_string(out, "user");
  append_user(out, welcome.user);
  append_entry(out, "role", welcome.role);
  append_entry(out, "epoch", welcome.epoch);
  append_entry(out, "seq", welcome.seq);
  append_string(out, "sum");
  append_sum(out, welcome.sum);
  append_entry(out, "n", welcome.n);
  append_string(out, "resumed");
  append_bool(out, welcome.resumed);
  append_entry(out, "tick", welcome.tick_ms);
  if (welcome.token_expires_in_ms)
    append_entry(out, "token_expires_in", *welcome.token_expires_in_ms);
  append_string(out, "limits");
  append_limits(out, welcome.limits != nullptr ? *welcome.limits : Limits{});
  append_entry(out, "server", welcome.server);
}

void append_cursors_head(Bytes& out, std::uint32_t server_ms, std::uint32_t count) {
  append_head(out, 3, Kind::cursors);
  append_uint(out, server_ms);
  append_array(out, count);
}

void append_cursor_entry(Bytes& out, ActorId actor, const Cursor& cursor) {
  append_array(out, cursor.hidden ? 1 : 3);
  append_actor(out, actor);
  if (cursor.hidden) return;
  append_coordinate(out, cursor.x);
  append_coordinate(out, cursor.y);
}

void append_presence(Bytes& out, const PresenceBatch& batch) {
  append_head(out, 2, Kind::presence);
  append_map(out, (batch.joins.empty() ? 0U : 1U) + (batch.updates.empty() ? 0U : 1U) +
                      (batch.activities.empty() ? 0U : 1U) + (batch.leaves.empty() ? 0U : 1U));
  const auto append_list_head = [&out](std::string_view key, const auto& list) {
    append_string(out, key);
    append_array(out, count_of(list));
  };
  if (!batch.joins.empty()) append_list_head("join", batch.joins);
  for (const PresenceJoin& join : batch.joins) {
    append_array(out, 4);
    append_actor(out, join.actor);
    append_user(out, join.user);
    out.append(join.presence);
    append_string(out, join.activity);
  }
  if (!batch.updates.empty()) append_list_head("update", batch.updates);
  for (const PresenceUpdate& update : batch.updates) {
    append_array(out, 2);
    append_actor(out, update.actor);
    out.append(update.patch);
  }
  if (!batch.activities.empty()) append_list_head("activity", batch.activities);
  for (const PresenceActivity& activity : batch.activities) {
    append_array(out, 2);
    append_actor(out, activity.actor);
    append_string(out, activity.activity);
  }
  if (!batch.leaves.empty()) append_list_head("leave", batch.leaves);
  for (const PresenceLeave& leave : batch.leaves) {
    append_array(out, 2);
    append_actor(out, leave.actor);
    append_string(out, leave.reason);
  }
}

void append_ops(Bytes& out, std::uint64_t seq, ActorId actor, std::string_view user, ByteView ops,
                Sum sum) {
  append_head(out, 6, Kind::ops);
  append_uint(out, seq);
  append_actor(out, actor);
  append_string(out, user);
  out.append(ops);
  append_sum(out, sum);
}

void append_event(Bytes& out, ActorId actor, std::string_view name, ByteView payload) {
  append_head(out, 4, Kind::event);
  append_actor(out, actor);
  append_string(out, name);
  out.append(payload);
}

void append_snapshot_part(Bytes& out, std::uint32_t count) {
  append_snapshot(out, 0, false, count, {}, 0);
}

void append_snapshot(Bytes& out, std::uint64_t seq, bool last, std::uint32_t count,
                     ByteView entities, Sum sum) {
  append_head(out, last ? 5 : 4, Kind::snapshot);
  append_uint(out, seq);
  append_bool(out, last);
  append_array(out, count);
  out.append(entities);
  if (last) append_sum(out, sum);
}

void append_ack(Bytes& out, std::uint64_t n, std::uint64_t seq, AckOutcome outcome, ByteView detail,
                Sum sum) {
  append_head(out, 6, Kind::ack);
  append_uint(out, n);
  append_uint(out, seq);
  append_uint(out, static_cast<std::uint64_t>(outcome));
  if (detail.empty()) {
    append_nil(out);
  } else {
    out.append(detail);
  }
  append_sum(out, sum);
}

void append_rejection(Bytes& out, ErrorCode code, std::string_view message,
                      std::uint32_t op_index) {
  append_array(out, 3);
  append_string(out, name_of(code));
  append_string(out, message);
  append_uint(out, op_index);
}

void append_pong(Bytes& out, std::uint64_t value, std::uint32_t server_ms) {
  append_head(out, 3, Kind::pong);
  append_uint(out, value);
  append_uint(out, server_ms);
}

void append_goodbye(Bytes& out, CloseCode code, std::string_view reason, const Advice& advice) {
  append_head(out, 4, Kind::goodbye);
  append_uint(out, static_cast<std::uint64_t>(code));
  append_string(out, reason);
  append_map(out, advice.retry ? 3 : 2);
  append_string(out, "retry");
  append_bool(out, advice.retry);
  if (advice.retry) {
    append_string(out, "after");
    append_array(out, 2);
    append_uint(out, advice.after_min_ms);
    append_uint(out, advice.after_max_ms);
  }
  append_string(out, "token");
  append_bool(out, advice.token);
}

void append_error(Bytes& out, ErrorCode code, std::string_view message, std::uint64_t about,
                  std::uint64_t kind) {
  append_head(out, 5, Kind::error);
  append_string(out, name_of(code));
  append_string(out, message);
  append_uint(out, about);
  append_uint(out, kind);
}

void append_pace(Bytes& out, std::uint32_t tick_ms) {
  append_head(out, 2, Kind::pace);
  append_uint(out, tick_ms);
}

}  // namespace weft::protocol
