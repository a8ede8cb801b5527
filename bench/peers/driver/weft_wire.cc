// SPDX-License-Identifier: Apache-2.0
// docs/protocol.md in MessagePack. Everyone edits a concept of their own, made on joining.
#include "client_frames.h"
#include "protocol/msgpack.h"
#include "wire.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::peers {
namespace {

using protocol::MsgpackReader;

constexpr std::uint64_t kHello = 0;
constexpr std::uint64_t kCursor = 1;
constexpr std::uint64_t kPush = 3;
constexpr std::uint64_t kWelcome = 0;
constexpr std::uint64_t kCursors = 1;
constexpr std::uint64_t kOps = 3;
constexpr std::uint64_t kCreate = 0;
constexpr std::uint64_t kSet = 1;

// MessagePack's first bytes: of an array of n < 16 items, less n; of integers of 8 and 32 bits.
constexpr int kArray = 0x90;
constexpr std::uint8_t kUint8 = 0xcc;
constexpr std::uint8_t kUint32 = 0xce;

void append_position(Bytes& out, std::uint32_t x, std::uint32_t y) {
  protocol::append_map(out, 2);
  protocol::append_string(out, "x");
  protocol::append_uint(out, x);
  protocol::append_string(out, "y");
  protocol::append_uint(out, y);
}

std::string concept_of(const Person& person) {
  return "p" + std::to_string(person.place);
}

class WeftWire final : public Wire {
 public:
  explicit WeftWire(Deed deed) : deed_(deed) {}

  Upgrade upgrade(const Person& person) const override {
    return {"/v1/canvases/r" + std::to_string(person.room), "weft.v1"};
  }

  void open(Person& person, Bytes& out) override {
    message_.clear();
    protocol::append_array(message_, 2);
    protocol::append_uint(message_, kHello);
    protocol::append_map(message_, 2);
    protocol::append_string(message_, "client");
    protocol::append_string(message_, "c" + std::to_string(person.index));
    protocol::append_string(message_, "name");
    protocol::append_string(message_, "p" + std::to_string(person.place));
    send(out);
  }

  void receive(Person& person, websocket::Opcode, ByteView payload, Bytes& out,
               Deliveries& deliveries) override {
    // A frame holds messages back to back (P3).
    while (!payload.empty()) {
      MsgpackReader reader(payload);
      if (!reader.read_array()) return;
      const auto kind = reader.read_uint();
      if (!kind) return;
      if (*kind == kCursors) {
        if (!count_cursors(person, payload, deliveries)) return;
        continue;
      }
      const auto message = MsgpackReader(payload).read_value();
      if (!message) return;
      if (*kind == kOps) count_ops(person, *message, deliveries);
      if (*kind == kWelcome) join(person, out);
      payload.remove_prefix(message->size());
    }
  }

  void act(Person& person, std::uint32_t stamp, Bytes& out) override {
    message_.clear();
    if (deed_ == Deed::edits) {
      begin_push(person);
      protocol::append_array(message_, 3);
      protocol::append_uint(message_, kSet);
      protocol::append_string(message_, concept_of(person));
      append_position(message_, stamp, person.mark());
    } else {
      protocol::append_array(message_, 3);
      protocol::append_uint(message_, kCursor);
      protocol::append_uint(message_, stamp);
      protocol::append_uint(message_, person.mark());
    }
    send(out);
  }

 private:
  void join(Person& person, Bytes& out) {
    person.has_joined = true;
    if (deed_ != Deed::edits) return;
    message_.clear();
    begin_push(person);
    protocol::append_array(message_, 4);
    protocol::append_uint(message_, kCreate);
    protocol::append_string(message_, concept_of(person));
    protocol::append_string(message_, "concept");
    append_position(message_, 0, person.place);
    send(out);
  }

  /// [3, n, [op]], up to the op.
  void begin_push(Person& person) {
    protocol::append_array(message_, 3);
    protocol::append_uint(message_, kPush);
    protocol::append_uint(message_, ++person.deeds);
    protocol::append_array(message_, 1);
  }

  /// Counts [1, time, [[actor, x, y] | [actor] …]] and takes it from the front. One's own is among
  /// them.
  static bool count_cursors(const Person& person, ByteView& payload, Deliveries& deliveries) {
    MsgpackReader head(payload);
    if (!head.read_array() || !head.read_uint() || !head.read_uint()) return false;
    const auto count = head.read_array();
    if (!count) return false;
    payload.remove_prefix(head.offset());
    for (std::uint32_t i = 0; i < *count; ++i) {
      if (payload.empty()) return false;
      const auto items = static_cast<std::uint8_t>(payload[0]) - kArray;
      payload.remove_prefix(1);
      if (items != 1 && items != 3) return false;
      std::array<std::uint32_t, 3> numbers{};
      for (int item = 0; item < items; ++item) {
        if (!take_uint(payload, numbers[static_cast<std::size_t>(item)])) return false;
      }
      if (items == 3) deliveries.add(person, numbers[2], numbers[1]);
    }
    return true;
  }

  /// Takes an integer of up to 32 bits; by hand, because at 2,000 people it is done 80 million
  /// times a second.
  static bool take_uint(ByteView& bytes, std::uint32_t& value) {
    if (bytes.empty()) return false;
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    if (first < 0x80) {
      value = first;
      bytes.remove_prefix(1);
      return true;
    }
    if (first < kUint8 || first > kUint32) return false;
    const std::size_t size = std::size_t{1} << (first - kUint8);
    if (bytes.size() <= size) return false;
    value = 0;
    for (std::size_t i = 1; i <= size; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    bytes.remove_prefix(1 + size);
    return true;
  }

  /// [3, seq, actor, user id, [[1, id, {x, y}]], sum]: the positions that were set.
  static void count_ops(const Person& person, ByteView message, Deliveries& deliveries) {
    MsgpackReader reader(message);
    if (!reader.read_array()) return;
    for (int skipped = 0; skipped < 4; ++skipped) {
      if (!reader.read_value()) return;
    }
    const auto ops = reader.read_array();
    for (std::uint32_t i = 0; ops && i < *ops; ++i) {
      if (!reader.read_array()) return;
      const auto kind = reader.read_uint();
      if (!kind || *kind != kSet || !reader.read_value()) return;
      const auto keys = reader.read_map();
      double x = 0;
      double y = 0;
      for (std::uint32_t key = 0; keys && key < *keys; ++key) {
        const auto name = reader.read_string();
        const auto value = reader.read_number();
        if (!name || !value) return;
        (*name == "x" ? x : y) = *value;
      }
      deliveries.add(person, static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(x));
    }
  }

  void send(Bytes& out) { append_client_frame(out, websocket::Opcode::binary, message_); }

  Deed deed_;
  Bytes message_;  // reused
};

}  // namespace

std::unique_ptr<Wire> make_weft_wire(Deed deed) {
  return std::make_unique<WeftWire>(deed);
}

}  // namespace weft::peers
