// SPDX-License-Identifier: Apache-2.0
// y-protocols over WebSocket: cursors are awareness states, edits are sets in a Y.Map. Hocuspocus
// speaks the same behind the document's name, and wants a token first.
#include "client_frames.h"
#include "text_marks.h"
#include "wire.h"
#include "yjs_update.h"

namespace weft::peers {
namespace {

constexpr std::uint64_t kSync = 0;
constexpr std::uint64_t kAwareness = 1;
constexpr std::uint64_t kAuth = 2;
constexpr std::uint64_t kSyncStep1 = 0;
constexpr std::uint64_t kSyncUpdate = 2;
constexpr std::uint64_t kAuthToken = 0;
constexpr char kAuthenticated = 2;

class YjsWire final : public Wire {
 public:
  YjsWire(Deed deed, bool is_hocuspocus) : deed_(deed), is_hocuspocus_(is_hocuspocus) {}

  Upgrade upgrade(const Person& person) const override {
    return {is_hocuspocus_ ? "/" : "/" + document(person), {}};
  }

  void open(Person& person, Bytes& out) override {
    if (is_hocuspocus_) {
      begin(person, kAuth);
      append_var_uint(message_, kAuthToken);
      append_var_bytes(message_, "token");
      send(out);
    } else {
      join(person, out);
    }
  }

  void receive(Person& person, websocket::Opcode, ByteView payload, Bytes& out,
               Deliveries& deliveries) override {
    if (is_hocuspocus_) {
      // Behind the document's name, which is short enough for a length of one byte.
      payload.remove_prefix(std::min<std::size_t>(
          payload.size(), 1 + (payload.empty() ? 0 : static_cast<std::uint8_t>(payload[0]))));
    }
    if (payload.size() < 2) return;
    const auto kind = static_cast<std::uint8_t>(payload[0]);
    if (kind == kAwareness) {
      count_text_marks(payload, R"("x":)", R"(,"y":)", person, deliveries);
    } else if (kind == kSync) {
      count_map_sets(payload, person, deliveries);
    } else if (kind == kAuth && payload[1] == kAuthenticated && !person.has_joined) {
      join(person, out);
    }
  }

  void act(Person& person, std::uint32_t stamp, Bytes& out) override {
    if (deed_ == Deed::edits) {
      set(person, stamp, out);
    } else {
      show(person, stamp, out);
    }
  }

 private:
  static std::string document(const Person& person) { return "r" + std::to_string(person.room); }

  void join(Person& person, Bytes& out) {
    begin(person, kSync);
    append_var_uint(message_, kSyncStep1);
    append_var_bytes(message_, ByteView("\0", 1));  // a state vector without clients
    send(out);
    person.has_joined = true;
  }

  /// The awareness state of a client is sent whole whenever a part of it changes.
  void show(Person& person, std::uint32_t stamp, Bytes& out) {
    const std::string place = std::to_string(person.place);
    state_ = R"({"user":{"name":"p)" + place + R"(","color":"#30bced"},"cursor":{"x":)" +
             std::to_string(stamp) + R"(,"y":)" + std::to_string(person.mark()) + "}}";
    part_.clear();
    append_var_uint(part_, 1);
    append_var_uint(part_, client(person));
    append_var_uint(part_, ++person.deeds);
    append_var_bytes(part_, state_);
    begin(person, kAwareness);
    append_var_bytes(message_, part_);
    send(out);
  }

  void set(Person& person, std::uint32_t stamp, Bytes& out) {
    part_.clear();
    append_map_set(part_, client(person), person.deeds++, "concepts",
                   "p" + std::to_string(person.place), stamp, person.mark());
    begin(person, kSync);
    append_var_uint(message_, kSyncUpdate);
    append_var_bytes(message_, part_);
    send(out);
  }

  void begin(const Person& person, std::uint64_t kind) {
    message_.clear();
    if (is_hocuspocus_) append_var_bytes(message_, document(person));
    append_var_uint(message_, kind);
  }

  void send(Bytes& out) { append_client_frame(out, websocket::Opcode::binary, message_); }

  /// Yjs clients draw 32 bits; these have as many digits on the wire.
  static std::uint64_t client(const Person& person) { return 0x80000000U + person.index; }

  Deed deed_;
  bool is_hocuspocus_;
  Bytes message_;  // these three are reused
  Bytes part_;
  Bytes state_;
};

}  // namespace

std::unique_ptr<Wire> make_y_websocket_wire(Deed deed) {
  return std::make_unique<YjsWire>(deed, false);
}

std::unique_ptr<Wire> make_hocuspocus_wire(Deed deed) {
  return std::make_unique<YjsWire>(deed, true);
}

}  // namespace weft::peers
