// SPDX-License-Identifier: Apache-2.0
#include "protocol/base64.h"
#include "protocol/messages.h"
#include "protocol/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weft::protocol {

namespace {

using MessageResult = Result<ClientMessage, DecodeError>;

using Kind = ClientKind;

/// Nesting that is left for an item of a message.
constexpr int kItemDepthMax = kDepthMax - 1;

constexpr std::string_view kHelloShape =
    "hello expects a map with client (1 to 64 characters without control characters), and if "
    "present "
    "token, name (at most 256 bytes) and sdk as strings, since as [epoch, seq, sum], presence as a "
    "map.";
constexpr std::string_view kCursorShape = "cursor expects two finite numbers x and y, or nil.";
constexpr std::string_view kPresenceShape = "presence expects a patch, which is a map.";
constexpr std::string_view kPushShape = "push expects an unsigned number n and an array of ops.";
constexpr std::string_view kEventShape =
    "event expects a name of 1 to 64 bytes and a payload, which may be nil.";
constexpr std::string_view kViewShape = "view expects [x0, y0, x1, y1] of finite numbers, or nil.";
constexpr std::string_view kTokenShape = "token expects a string.";
constexpr std::string_view kPingShape = "ping expects an unsigned integer.";

/// What the reader stands before is not what the message expects. When it is not even a value, that
/// is the better reason. Off the hot path, so that the way through a good message stays short.
Failure<DecodeError> misshapen(const MsgpackReader& reader, std::string_view shape) {
  MsgpackReader probe = reader;
  if (const auto value = probe.read_value(); !value) return Failure<DecodeError>(value.error());
  return Failure<DecodeError>(DecodeError{shape, reader.offset()});
}

Failure<DecodeError> too_few(const MsgpackReader& reader, std::string_view shape) {
  return Failure<DecodeError>(DecodeError{shape, reader.offset()});
}

/// A finite number with float32 precision.
std::optional<float> read_coordinate(MsgpackReader& reader) {
  const auto number = reader.read_number();
  // Also false for NaN.
  const bool fits = number && std::abs(*number) <= std::numeric_limits<float>::max();
  if (!fits) return std::nullopt;
  return static_cast<float>(*number);
}

Sum sum_of(ByteView bytes) {
  Sum sum = 0;
  for (const char c : bytes) sum = (sum << 8) | static_cast<unsigned char>(c);
  return sum;
}

/// 8 bytes of binary, or the base64 string of 8 bytes, which is how they come from JSON.
std::optional<Sum> read_sum(MsgpackReader& reader) {
  if (reader.peek() == ValueKind::binary) {
    const auto binary = reader.read_binary();
    if (!binary || binary->size() != sizeof(Sum)) return std::nullopt;
    return sum_of(*binary);
  }
  constexpr std::size_t kBase64Chars = 12;
  const auto text = reader.read_string();
  if (!text || text->size() != kBase64Chars) return std::nullopt;
  const std::optional<Bytes> bytes = decode_base64(*text);
  if (!bytes || bytes->size() != sizeof(Sum)) return std::nullopt;
  return sum_of(*bytes);
}

Result<Since, DecodeError> read_since(MsgpackReader& reader) {
  Since since;
  MsgpackReader at_item = reader;
  const auto count = reader.read_array();
  if (!count || *count < 2) return misshapen(at_item, kHelloShape);
  at_item = reader;
  const auto epoch = reader.read_uint();
  if (!epoch) return misshapen(at_item, kHelloShape);
  at_item = reader;
  const auto seq = reader.read_uint();
  if (!seq) return misshapen(at_item, kHelloShape);
  since.epoch = *epoch;
  since.seq = *seq;
  std::uint32_t items_left = *count - 2;
  if (items_left > 0 && reader.peek() != ValueKind::nil) {
    at_item = reader;
    since.sum = read_sum(reader);
    if (!since.sum) return misshapen(at_item, kHelloShape);
    --items_left;
  }
  for (; items_left > 0; --items_left) {
    if (const auto later = reader.read_value(kItemDepthMax - 2); !later) {
      return Failure<DecodeError>(later.error());
    }
  }
  return since;
}

/// A key of hello with its value. A nil stands for an absent value.
Result<void, DecodeError> read_hello_entry(MsgpackReader& reader, Hello& hello) {
  const auto key = reader.read_string();
  if (!key) return misshapen(reader, "A map key is not a string.");
  const auto skip = [&reader]() -> Result<void, DecodeError> {
    const auto value = reader.read_value(kItemDepthMax - 1);
    if (!value) return Failure<DecodeError>(value.error());
    return {};
  };
  if (reader.peek() == ValueKind::nil) return skip();

  const MsgpackReader at_value = reader;
  const auto take_string = [&](std::string_view& into) -> Result<void, DecodeError> {
    const auto text = reader.read_string();
    if (!text) return misshapen(at_value, kHelloShape);
    into = *text;
    return {};
  };
  if (*key == "client") {
    if (auto taken = take_string(hello.client); !taken) return taken;
    if (!is_valid_id(hello.client)) return misshapen(at_value, kHelloShape);
    return {};
  }
  if (*key == "token") return take_string(hello.token);
  if (*key == "sdk") return take_string(hello.sdk);
  if (*key == "name") {
    if (auto taken = take_string(hello.name); !taken) return taken;
    if (hello.name.size() > kNameBytesMax) return misshapen(at_value, kHelloShape);
    return {};
  }
  if (*key == "since") {
    const auto since = read_since(reader);
    if (!since) return Failure<DecodeError>(since.error());
    hello.since = *since;
    return {};
  }
  if (*key == "presence") {
    if (reader.peek() != ValueKind::map) return misshapen(reader, kHelloShape);
    const auto presence = reader.read_value(kPresenceDepthMax);
    if (!presence) return Failure<DecodeError>(presence.error());
    hello.presence = *presence;
    return {};
  }
  return skip();  // P4
}

// Each decode function takes the items it knows off `items_left`; the caller skips the rest.

MessageResult decode_hello(MsgpackReader& reader, std::uint32_t& items_left) {
  if (items_left < 1) return too_few(reader, kHelloShape);
  const MsgpackReader at_map = reader;
  const auto count = reader.read_map();
  if (!count) return misshapen(at_map, kHelloShape);
  Hello hello;
  for (std::uint32_t i = 0; i < *count; ++i) {
    if (const auto entry = read_hello_entry(reader, hello); !entry) {
      return Failure<DecodeError>(entry.error());
    }
  }
  if (hello.client.empty()) return misshapen(at_map, kHelloShape);
  items_left -= 1;
  return hello;
}

MessageResult decode_cursor(MsgpackReader& reader, std::uint32_t& items_left) {
  Cursor cursor;
  if (items_left >= 1 && reader.peek() == ValueKind::nil) {
    items_left -= 1;
    cursor.hidden = true;
    if (const auto nil = reader.read_nil(); !nil) return Failure<DecodeError>(nil.error());
    return cursor;
  }
  if (items_left < 2) return too_few(reader, kCursorShape);
  for (float* const coordinate : {&cursor.x, &cursor.y}) {
    const MsgpackReader at_number = reader;
    const auto number = read_coordinate(reader);
    if (!number) return misshapen(at_number, kCursorShape);
    *coordinate = *number;
  }
  items_left -= 2;
  return cursor;
}

MessageResult decode_presence(MsgpackReader& reader, std::uint32_t& items_left) {
  if (items_left < 1) return too_few(reader, kPresenceShape);
  if (reader.peek() != ValueKind::map) return misshapen(reader, kPresenceShape);
  const auto patch = reader.read_value(kPresenceDepthMax);
  if (!patch) return Failure<DecodeError>(patch.error());
  items_left -= 1;
  return PresencePatch{*patch};
}

MessageResult decode_push(MsgpackReader& reader, std::uint32_t& items_left) {
  if (items_left < 2) return too_few(reader, kPushShape);
  const MsgpackReader at_n = reader;
  const auto n = reader.read_uint();
  if (!n) return misshapen(at_n, kPushShape);
  const auto ops = reader.read_value(kItemDepthMax);
  if (!ops) return Failure<DecodeError>(ops.error());
  items_left -= 2;
  return Push{*n, *ops};
}

MessageResult decode_event(MsgpackReader& reader, std::uint32_t& items_left) {
  if (items_left < 2) return too_few(reader, kEventShape);
  const MsgpackReader at_name = reader;
  const auto name = reader.read_string();
  if (!name || name->empty() || name->size() > kEventNameBytesMax) {
    return misshapen(at_name, kEventShape);
  }
  const auto payload = reader.read_value(kItemDepthMax);
  if (!payload) return Failure<DecodeError>(payload.error());
  items_left -= 2;
  return Event{*name, *payload};
}

MessageResult decode_view(MsgpackReader& reader, std::uint32_t& items_left) {
  if (items_left < 1) return too_few(reader, kViewShape);
  items_left -= 1;
  if (reader.peek() == ValueKind::nil) {
    if (const auto nil = reader.read_nil(); !nil) return Failure<DecodeError>(nil.error());
    return View{};
  }
  const MsgpackReader at_rect = reader;
  const auto count = reader.read_array();
  if (!count || *count < 4) return misshapen(at_rect, kViewShape);
  float corners[4];
  for (float& corner : corners) {
    const MsgpackReader at_number = reader;
    const auto number = read_coordinate(reader);
    if (!number) return misshapen(at_number, kViewShape);
    corner = *number;
  }
  for (std::uint32_t i = 4; i < *count; ++i) {
    if (const auto later = reader.read_value(kItemDepthMax - 1); !later) {
      return Failure<DecodeError>(later.error());
    }
  }
  const auto [x_low, x_high] = std::minmax(corners[0], corners[2]);
  const auto [y_low, y_high] = std::minmax(corners[1], corners[3]);
  return View{Rect{x_low, y_low, x_high, y_high}};
}

MessageResult decode_token(MsgpackReader& reader, std::uint32_t& items_left) {
  if (items_left < 1) return too_few(reader, kTokenShape);
  const MsgpackReader at_token = reader;
  const auto token = reader.read_string();
  if (!token) return misshapen(at_token, kTokenShape);
  items_left -= 1;
  return Token{*token};
}

MessageResult decode_ping(MsgpackReader& reader, std::uint32_t& items_left) {
  if (items_left < 1) return too_few(reader, kPingShape);
  const MsgpackReader at_value = reader;
  const auto value = reader.read_uint();
  if (!value) return misshapen(at_value, kPingShape);
  items_left -= 1;
  return Ping{*value};
}

MessageResult decode_items(MsgpackReader& reader, std::uint64_t kind, std::uint32_t& items_left) {
  if (kind > static_cast<std::uint64_t>(Kind::ping)) return UnknownKind{kind};
  switch (static_cast<Kind>(kind)) {
    case Kind::hello:
      return decode_hello(reader, items_left);
    case Kind::cursor:
      return decode_cursor(reader, items_left);
    case Kind::presence:
      return decode_presence(reader, items_left);
    case Kind::push:
      return decode_push(reader, items_left);
    case Kind::event:
      return decode_event(reader, items_left);
    case Kind::view:
      return decode_view(reader, items_left);
    case Kind::token:
      return decode_token(reader, items_left);
    case Kind::ping:
      return decode_ping(reader, items_left);
  }
  return UnknownKind{kind};
}

}  // namespace

Result<ClientMessage, DecodeError> MessageReader::next() {
  constexpr std::string_view kMessageShape =
      "A message is an array whose first item is its kind, an unsigned integer.";
  const MsgpackReader at_message = reader_;
  const auto count = reader_.read_array();
  if (!count || *count == 0) return misshapen(at_message, kMessageShape);
  const MsgpackReader at_kind = reader_;
  const auto kind = reader_.read_uint();
  if (!kind) return misshapen(at_kind, kMessageShape);

  std::uint32_t items_left = *count - 1;
  MessageResult message = decode_items(reader_, *kind, items_left);
  if (!message) return message;
  for (; items_left > 0; --items_left) {  // P4
    if (const auto later = reader_.read_value(kItemDepthMax); !later) {
      return Failure<DecodeError>(later.error());
    }
  }
  return message;
}

}  // namespace weft::protocol
