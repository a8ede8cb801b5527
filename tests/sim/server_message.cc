// SPDX-License-Identifier: Apache-2.0
#include "sim/server_message.h"

#include "sim/complaint.h"

namespace weft::sim {

namespace {

using protocol::MsgpackReader;
using protocol::ValueKind;

template <class T>
T take(Result<T, protocol::DecodeError> result) {
  if (!result) complain("a server message cannot be read: " + std::string(result.error().what));
  return *result;
}

void expect(bool holds, const char* what) {
  if (!holds) complain(std::string("a server message has the wrong shape: ") + what);
}

ActorId take_actor(MsgpackReader& reader) {
  return ActorId{take(reader.read_uint())};
}

protocol::Sum take_sum(MsgpackReader& reader) {
  const ByteView bytes = take(reader.read_binary());
  expect(bytes.size() == sizeof(protocol::Sum), "a sum has 8 bytes (S10)");
  protocol::Sum sum = 0;
  for (const char byte : bytes) sum = (sum << 8) | static_cast<unsigned char>(byte);
  return sum;
}

/// Calls `take_value(key)` before each value.
template <class TakeValue>
void for_each_entry(MsgpackReader& reader, TakeValue take_value) {
  for (std::uint32_t left = take(reader.read_map()); left > 0; --left) {
    take_value(take(reader.read_string()));
  }
}

template <class TakeItem>
void for_each_item(MsgpackReader& reader, TakeItem take_item) {
  for (std::uint32_t left = take(reader.read_array()); left > 0; --left) take_item();
}

UserCard take_user(MsgpackReader& reader) {
  UserCard user;
  for_each_entry(reader, [&](std::string_view key) {
    const std::string_view value = take(reader.read_string());
    if (key == "id") user.id = value;
    if (key == "name") user.name = value;
    if (key == "color") user.color = value;
  });
  return user;
}

ServerMessage take_welcome(MsgpackReader& reader) {
  WelcomeMessage welcome;
  for_each_entry(reader, [&](std::string_view key) {
    if (key == "actor") {
      welcome.actor = take_actor(reader);
    } else if (key == "user") {
      welcome.user = take_user(reader);
    } else if (key == "role") {
      welcome.role = take(reader.read_string());
    } else if (key == "epoch") {
      welcome.epoch = take(reader.read_uint());
    } else if (key == "seq") {
      welcome.seq = take(reader.read_uint());
    } else if (key == "sum") {
      welcome.sum = take_sum(reader);
    } else if (key == "n") {
      welcome.n = take(reader.read_uint());
    } else if (key == "resumed") {
      welcome.resumed = take(reader.read_bool());
    } else if (key == "token_expires_in") {
      welcome.token_expires_in_ms = take(reader.read_uint());
    } else {
      static_cast<void>(take(reader.read_value()));
    }
  });
  return welcome;
}

ServerMessage take_cursors(MsgpackReader& reader) {
  CursorsMessage cursors;
  static_cast<void>(take(reader.read_uint()));  // server time
  for_each_item(reader, [&] {
    const std::uint32_t items = take(reader.read_array());
    expect(items == 1 || items == 3, "cursor");
    CursorsMessage::Entry entry{take_actor(reader), {.hidden = items == 1}};
    if (items == 3) {
      entry.cursor.x = static_cast<float>(take(reader.read_number()));
      entry.cursor.y = static_cast<float>(take(reader.read_number()));
    }
    cursors.entries.push_back(entry);
  });
  return cursors;
}

std::vector<PresenceMessage::Word> take_words(MsgpackReader& reader) {
  std::vector<PresenceMessage::Word> words;
  for_each_item(reader, [&] {
    expect(take(reader.read_array()) == 2, "presence");
    const ActorId actor = take_actor(reader);
    words.push_back({actor, take(reader.read_string())});
  });
  return words;
}

ServerMessage take_presence(MsgpackReader& reader) {
  PresenceMessage presence;
  for_each_entry(reader, [&](std::string_view key) {
    if (key == "join") {
      for_each_item(reader, [&] {
        expect(take(reader.read_array()) == 4, "join");
        PresenceMessage::Join join;
        join.actor = take_actor(reader);
        join.user = take_user(reader);
        join.presence = take(reader.read_value());
        join.activity = take(reader.read_string());
        presence.joins.push_back(std::move(join));
      });
    } else if (key == "update") {
      for_each_item(reader, [&] {
        expect(take(reader.read_array()) == 2, "update");
        const ActorId actor = take_actor(reader);
        presence.updates.push_back({actor, take(reader.read_value())});
      });
    } else if (key == "activity") {
      presence.activities = take_words(reader);
    } else if (key == "leave") {
      presence.leaves = take_words(reader);
    } else {
      complain("presence has an unknown part " + std::string(key));
    }
  });
  return presence;
}

ServerMessage take_ops(MsgpackReader& reader) {
  OpsMessage ops;
  ops.seq = take(reader.read_uint());
  ops.actor = take_actor(reader);
  ops.user = take(reader.read_string());
  ops.ops = take(reader.read_value());
  ops.sum = take_sum(reader);
  return ops;
}

ServerMessage take_event(MsgpackReader& reader) {
  EventMessage event;
  event.actor = take_actor(reader);
  event.name = take(reader.read_string());
  event.payload = take(reader.read_value());
  return event;
}

ServerMessage take_snapshot(MsgpackReader& reader, std::uint32_t items) {
  SnapshotMessage snapshot;
  snapshot.seq = take(reader.read_uint());
  snapshot.last = take(reader.read_bool());
  expect(items == (snapshot.last ? 5 : 4), "snapshot");
  MsgpackReader inside = reader;
  snapshot.count = take(inside.read_array());
  snapshot.entities = take(reader.read_value());
  if (snapshot.last) snapshot.sum = take_sum(reader);
  return snapshot;
}

ServerMessage take_ack(MsgpackReader& reader) {
  AckMessage ack;
  ack.n = take(reader.read_uint());
  ack.seq = take(reader.read_uint());
  const std::uint64_t outcome = take(reader.read_uint());
  expect(outcome <= 4, "outcome");
  ack.outcome = static_cast<protocol::AckOutcome>(outcome);
  const bool is_rejected = ack.outcome == protocol::AckOutcome::rejected;
  const bool has_detail = is_rejected || ack.outcome == protocol::AckOutcome::rebased;
  expect((reader.peek() == ValueKind::array) == has_detail, "an ack's detail");
  ack.detail = take(reader.read_value());
  if (is_rejected) {
    MsgpackReader detail(ack.detail);
    expect(take(detail.read_array()) == 3, "rejection");
    ack.rejection = take(detail.read_string());
  }
  ack.sum = take_sum(reader);
  return ack;
}

ServerMessage take_goodbye(MsgpackReader& reader) {
  GoodbyeMessage goodbye;
  goodbye.code = static_cast<std::uint16_t>(take(reader.read_uint()));
  goodbye.reason = take(reader.read_string());
  for_each_entry(reader, [&](std::string_view key) {
    if (key == "retry") {
      goodbye.retry = take(reader.read_bool());
    } else if (key == "token") {
      goodbye.token = take(reader.read_bool());
    } else {
      expect(key == "after" && take(reader.read_array()) == 2, "advice");
      goodbye.after_min_ms = take(reader.read_uint());
      goodbye.after_max_ms = take(reader.read_uint());
    }
  });
  return goodbye;
}

ServerMessage take_error(MsgpackReader& reader) {
  ErrorMessage error;
  error.code = take(reader.read_string());
  error.message = take(reader.read_string());
  error.about = take(reader.read_uint());
  error.kind = take(reader.read_uint());
  return error;
}

}  // namespace

ServerMessage ServerMessageReader::next() {
  const std::uint32_t items = take(reader_.read_array());
  const std::uint64_t kind = take(reader_.read_uint());
  constexpr std::uint32_t kItems[] = {2, 3, 2, 6, 4, 0, 6, 3, 4, 5, 2};
  expect(kind < std::size(kItems), "its kind");
  if (kItems[kind] != 0 && kItems[kind] != items) {
    complain("a server message of kind " + std::to_string(kind) + " has " + std::to_string(items) +
             " items");
  }
  switch (kind) {
    case 0:
      return take_welcome(reader_);
    case 1:
      return take_cursors(reader_);
    case 2:
      return take_presence(reader_);
    case 3:
      return take_ops(reader_);
    case 4:
      return take_event(reader_);
    case 5:
      return take_snapshot(reader_, items);
    case 6:
      return take_ack(reader_);
    case 7: {
      const PongMessage pong{take(reader_.read_uint())};
      static_cast<void>(take(reader_.read_uint()));  // server time
      return pong;
    }
    case 8:
      return take_goodbye(reader_);
    case 9:
      return take_error(reader_);
    default:
      return PaceMessage{take(reader_.read_uint())};
  }
}

std::string describe(const ServerMessage& message) {
  using std::to_string;
  struct Describer {
    std::string operator()(const WelcomeMessage& m) const {
      return "welcome actor " + to_string(m.actor.value) + " seq " + to_string(m.seq) + " n " +
             to_string(m.n) + (m.resumed ? " resumed" : "");
    }
    std::string operator()(const CursorsMessage& m) const {
      return "cursors of " + to_string(m.entries.size());
    }
    std::string operator()(const PresenceMessage& m) const {
      std::string text = "presence";
      for (const auto& join : m.joins) text += " +" + to_string(join.actor.value);
      for (const auto& update : m.updates) text += " ~" + to_string(update.actor.value);
      for (const auto& [actor, word] : m.activities) {
        text += " " + to_string(actor.value) + ":" + std::string(word);
      }
      for (const auto& [actor, word] : m.leaves) {
        text += " -" + to_string(actor.value) + ":" + std::string(word);
      }
      return text;
    }
    std::string operator()(const OpsMessage& m) const {
      return "ops " + to_string(m.seq) + " by actor " + to_string(m.actor.value);
    }
    std::string operator()(const EventMessage& m) const {
      return "event by actor " + to_string(m.actor.value);
    }
    std::string operator()(const SnapshotMessage& m) const {
      return "snapshot " + to_string(m.seq) + (m.last ? " last" : "");
    }
    std::string operator()(const AckMessage& m) const {
      return "ack n " + to_string(m.n) + " seq " + to_string(m.seq) + " outcome " +
             to_string(static_cast<int>(m.outcome)) + " " + std::string(m.rejection);
    }
    std::string operator()(const PongMessage& m) const { return "pong " + to_string(m.value); }
    std::string operator()(const GoodbyeMessage& m) const {
      return "goodbye " + to_string(m.code) + " " + std::string(m.reason);
    }
    std::string operator()(const ErrorMessage& m) const {
      return "error " + std::string(m.code) + " about " + to_string(m.about) + " of kind " +
             to_string(m.kind);
    }
    std::string operator()(const PaceMessage& m) const { return "pace " + to_string(m.tick_ms); }
  };
  return std::visit(Describer{}, message);
}

}  // namespace weft::sim
