// SPDX-License-Identifier: Apache-2.0
// Our two Bun servers: {x, y} up, {id, x, y} down, in MessagePack. The room is the path.
#include "client_frames.h"
#include "protocol/msgpack.h"
#include "wire.h"

namespace weft::peers {
namespace {

class BunWire final : public Wire {
 public:
  Upgrade upgrade(const Person& person) const override {
    return {"/" + std::to_string(person.room) + "?id=" + std::to_string(person.place), {}};
  }

  // The server says {id} when the person is in the room.
  void open(Person&, Bytes&) override {}

  void receive(Person& person, websocket::Opcode, ByteView payload, Bytes&,
               Deliveries& deliveries) override {
    protocol::MsgpackReader reader(payload);
    const auto keys = reader.read_map();
    double x = 0;
    double y = 0;
    for (std::uint32_t i = 0; keys && i < *keys; ++i) {
      const auto key = reader.read_string();
      if (!key) return;
      if (*key == "x" || *key == "y") {
        const auto number = reader.read_number();
        if (!number) return;
        (*key == "x" ? x : y) = *number;
      } else if (!reader.read_value()) {
        return;
      }
    }
    if (keys && *keys == 1) person.has_joined = true;
    if (keys && *keys > 1) {
      deliveries.add(person, static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(x));
    }
  }

  void act(Person& person, std::uint32_t stamp, Bytes& out) override {
    message_.clear();
    protocol::append_map(message_, 2);
    protocol::append_string(message_, "x");
    protocol::append_uint(message_, stamp);
    protocol::append_string(message_, "y");
    protocol::append_uint(message_, person.mark());
    append_client_frame(out, websocket::Opcode::binary, message_);
  }

 private:
  Bytes message_;  // reused
};

}  // namespace

std::unique_ptr<Wire> make_bun_wire() {
  return std::make_unique<BunWire>();
}

}  // namespace weft::peers
