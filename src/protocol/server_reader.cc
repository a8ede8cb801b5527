// SPDX-License-Identifier: Apache-2.0
#include "protocol/server_reader.h"

#include "protocol/server_kind.h"

#include <bit>
#include <cstddef>
#include <limits>
#include <utility>

namespace weft::protocol {
namespace {

using MessageResult = Result<HeardMessage, DecodeError>;

/// Nesting that is left for an item of a message.
constexpr int kItemDepthMax = kDepthMax - 1;

/// Reads the forms that cursors come in, without the strictness of MsgpackReader; whatever else
/// comes is left to it. Half of what a generator of cursors does is done here.
class EntryScanner {
 public:
  explicit EntryScanner(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t offset() const { return offset_; }

  /// An entry of a visible cursor; false, and stays where it is, when it has another form.
  bool take(CursorEntry& entry) {
    constexpr unsigned kArrayOf3 = 0x93;
    const std::size_t begin = offset_;
    if (offset_ < bytes_.size() && byte(offset_++) == kArrayOf3) {
      entry.cursor.hidden = false;
      if (take_uint(entry.actor.value) && take_coordinate(entry.cursor.x) &&
          take_coordinate(entry.cursor.y)) {
        return true;
      }
    }
    offset_ = begin;
    return false;
  }

 private:
  [[nodiscard]] unsigned byte(std::size_t at) const {
    return static_cast<unsigned char>(bytes_[at]);
  }

  [[nodiscard]] bool take_number(std::size_t bytes, std::uint64_t& value) {
    if (bytes_.size() - offset_ < bytes) return false;
    value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | byte(offset_++);
    return true;
  }

  bool take_uint(std::uint64_t& value) {
    constexpr unsigned kFixintMax = 0x7f;
    constexpr unsigned kUint8 = 0xcc;
    constexpr unsigned kUint64 = 0xcf;
    if (offset_ == bytes_.size()) return false;
    const unsigned head = byte(offset_++);
    if (head <= kFixintMax) {
      value = head;
      return true;
    }
    return head >= kUint8 && head <= kUint64 &&
           take_number(std::size_t{1} << (head - kUint8), value);
  }

  bool take_coordinate(float& value) {
    constexpr unsigned kFloat32 = 0xca;
    std::uint64_t number = 0;
    if (offset_ < bytes_.size() && byte(offset_) == kFloat32) {
      ++offset_;
      if (!take_number(4, number)) return false;
      value = std::bit_cast<float>(static_cast<std::uint32_t>(number));
      return true;
    }
    if (!take_uint(number)) return false;
    value = static_cast<float>(number);
    return true;
  }

  ByteView bytes_;
  std::size_t offset_ = 0;
};

/// Reads one item into a variable, or leaves the function with the reader's failure.
template <class T, class Into>
Result<void, DecodeError> store(const Result<T, DecodeError>& item, Into& into) {
  if (!item) return Failure<DecodeError>(item.error());
  into = static_cast<Into>(*item);
  return {};
}

}  // namespace

MessageResult ServerMessageReader::next() {
  const auto count = reader_.read_array();
  if (!count || *count == 0) return misshapen();
  const auto kind = reader_.read_uint();
  if (!kind) return misshapen();
  std::uint32_t items_left = *count - 1;
  MessageResult message = next_items(*kind, items_left);
  if (!message) return message;
  for (; items_left > 0; --items_left) {
    if (const auto later = reader_.read_value(kItemDepthMax); !later) {
      return Failure<DecodeError>(later.error());
    }
  }
  return message;
}

/// Takes the items that it knows off `items_left`.
MessageResult ServerMessageReader::next_items(std::uint64_t kind, std::uint32_t& items_left) {
  const auto expect = [&items_left](std::uint32_t items) {
    if (items_left < items) return false;
    items_left -= items;
    return true;
  };
  const auto fail = [](const Result<void, DecodeError>& item) {
    return Failure<DecodeError>(item.error());
  };
  if (kind > std::numeric_limits<std::uint8_t>::max()) return HeardOther{kind};
  switch (static_cast<ServerKind>(kind)) {
    case ServerKind::welcome:
      if (!expect(1)) return misshapen();
      return next_welcome();
    case ServerKind::cursors:
      if (!expect(2)) return misshapen();
      return next_cursors();
    case ServerKind::ops: {
      HeardOps ops;
      if (!expect(4)) return misshapen();
      if (auto item = store(reader_.read_uint(), ops.seq); !item) return fail(item);
      if (auto item = store(reader_.read_uint(), ops.actor.value); !item) return fail(item);
      if (const auto user = reader_.read_string(); !user) return Failure<DecodeError>(user.error());
      if (auto item = store(reader_.read_value(kItemDepthMax), ops.ops); !item) return fail(item);
      return ops;
    }
    case ServerKind::snapshot: {
      HeardSnapshot part;
      if (!expect(3)) return misshapen();
      if (auto item = store(reader_.read_uint(), part.seq); !item) return fail(item);
      if (auto item = store(reader_.read_bool(), part.last); !item) return fail(item);
      if (auto item = store(reader_.read_value(kItemDepthMax), part.entities); !item) {
        return fail(item);
      }
      return part;
    }
    case ServerKind::ack:
      if (!expect(4)) return misshapen();
      return next_ack();
    case ServerKind::goodbye: {
      HeardGoodbye goodbye;
      if (!expect(2)) return misshapen();
      if (auto item = store(reader_.read_uint(), goodbye.code); !item) return fail(item);
      if (auto item = store(reader_.read_string(), goodbye.reason); !item) return fail(item);
      return goodbye;
    }
    case ServerKind::error: {
      HeardError error;
      if (!expect(4)) return misshapen();
      if (auto item = store(reader_.read_string(), error.code); !item) return fail(item);
      if (auto item = store(reader_.read_string(), error.message); !item) return fail(item);
      if (auto item = store(reader_.read_uint(), error.about); !item) return fail(item);
      if (auto item = store(reader_.read_uint(), error.kind); !item) return fail(item);
      return error;
    }
    case ServerKind::presence:
    case ServerKind::event:
    case ServerKind::pong:
    case ServerKind::pace:
      break;
  }
  return HeardOther{kind};
}

MessageResult ServerMessageReader::next_welcome() {
  const auto entries = reader_.read_map();
  if (!entries) return misshapen();
  HeardWelcome welcome;
  for (std::uint32_t i = 0; i < *entries; ++i) {
    const auto key = reader_.read_string();
    if (!key) return misshapen();
    Result<void, DecodeError> item;
    if (*key == "actor") {
      item = store(reader_.read_uint(), welcome.actor.value);
    } else if (*key == "seq") {
      item = store(reader_.read_uint(), welcome.seq);
    } else if (*key == "n") {
      item = store(reader_.read_uint(), welcome.n);
    } else if (*key == "tick") {
      item = store(reader_.read_uint(), welcome.tick_ms);
    } else if (*key == "resumed") {
      item = store(reader_.read_bool(), welcome.resumed);
    } else if (*key == "server") {
      item = store(reader_.read_string(), welcome.server);
    } else if (const auto other = reader_.read_value(kItemDepthMax - 1); !other) {
      return Failure<DecodeError>(other.error());
    }
    if (!item) return Failure<DecodeError>(item.error());
  }
  return welcome;
}

MessageResult ServerMessageReader::next_cursors() {
  if (const auto server_ms = reader_.read_uint(); !server_ms) return misshapen();
  const auto count = reader_.read_array();
  if (!count) return misshapen();
  entries_.clear();
  std::uint32_t left = *count;
  while (left > 0) {
    frame_.remove_prefix(reader_.offset());
    EntryScanner scanner(frame_);
    CursorEntry entry;
    while (left > 0 && scanner.take(entry)) {
      entries_.push_back(entry);
      --left;
    }
    frame_.remove_prefix(scanner.offset());
    reader_ = MsgpackReader(frame_);
    if (left == 0) break;
    if (auto item = read_entry(); !item) return Failure<DecodeError>(item.error());
    --left;
  }
  return HeardCursors{entries_};
}

/// Any entry, in whatever form.
Result<void, DecodeError> ServerMessageReader::read_entry() {
  const auto items = reader_.read_array();
  if (!items || *items == 0) return misshapen();
  CursorEntry entry;
  entry.cursor.hidden = *items < 3;
  if (auto item = store(reader_.read_uint(), entry.actor.value); !item) return item;
  std::uint32_t items_left = *items - 1;
  if (!entry.cursor.hidden) {
    if (auto item = store(reader_.read_number(), entry.cursor.x); !item) return item;
    if (auto item = store(reader_.read_number(), entry.cursor.y); !item) return item;
    items_left -= 2;
  }
  for (; items_left > 0; --items_left) {
    if (const auto later = reader_.read_value(kItemDepthMax - 2); !later) {
      return Failure<DecodeError>(later.error());
    }
  }
  entries_.push_back(entry);
  return {};
}

MessageResult ServerMessageReader::next_ack() {
  const auto fail = [](const Result<void, DecodeError>& item) {
    return Failure<DecodeError>(item.error());
  };
  HeardAck ack;
  if (auto item = store(reader_.read_uint(), ack.n); !item) return fail(item);
  if (auto item = store(reader_.read_uint(), ack.seq); !item) return fail(item);
  const auto outcome = reader_.read_uint();
  if (!outcome || *outcome > static_cast<std::uint64_t>(AckOutcome::duplicate)) return misshapen();
  ack.outcome = static_cast<AckOutcome>(*outcome);
  const auto detail = reader_.read_value(kItemDepthMax);
  if (!detail) return Failure<DecodeError>(detail.error());
  if (ack.outcome == AckOutcome::rejected) {
    MsgpackReader rejection(*detail);
    const auto items = rejection.read_array();
    if (!items || *items == 0) return misshapen();
    if (auto item = store(rejection.read_string(), ack.code); !item) return fail(item);
  }
  return ack;
}

Failure<DecodeError> ServerMessageReader::misshapen() const {
  return Failure<DecodeError>(
      DecodeError{"The message does not have the shape of its kind.", reader_.offset()});
}

}  // namespace weft::protocol
