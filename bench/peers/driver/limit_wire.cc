// SPDX-License-Identifier: Apache-2.0
// bench/limit: a cursor is two numbers in the machine's byte order, a frame has one or many.
#include "client_frames.h"
#include "wire.h"

#include <cstring>

namespace weft::peers {
namespace {

struct Cursor {
  std::uint32_t x;
  std::uint32_t y;
};

class LimitWire final : public Wire {
 public:
  Upgrade upgrade(const Person& person) const override {
    return {"/" + std::to_string(person.room), {}};
  }
  void open(Person& person, Bytes&) override { person.has_joined = true; }
  void receive(Person& person, websocket::Opcode, ByteView payload, Bytes&,
               Deliveries& deliveries) override {
    for (; payload.size() >= sizeof(Cursor); payload.remove_prefix(sizeof(Cursor))) {
      Cursor cursor;
      std::memcpy(&cursor, payload.data(), sizeof cursor);
      deliveries.add(person, cursor.y, cursor.x);
    }
  }
  void act(Person& person, std::uint32_t stamp, Bytes& out) override {
    const Cursor cursor{stamp, person.mark()};
    char payload[sizeof cursor];
    std::memcpy(payload, &cursor, sizeof cursor);
    append_client_frame(out, websocket::Opcode::binary, ByteView(payload, sizeof payload));
  }
};

}  // namespace

std::unique_ptr<Wire> make_limit_wire() {
  return std::make_unique<LimitWire>();
}

}  // namespace weft::peers
