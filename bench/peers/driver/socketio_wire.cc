// SPDX-License-Identifier: Apache-2.0
// Socket.IO 4 over Engine.IO 4, WebSocket only. The first digit is Engine.IO's packet (0 open, 2
// ping, 3 pong, 4 message), the second Socket.IO's (0 connect, 2 event).
#include "client_frames.h"
#include "text_marks.h"
#include "wire.h"

namespace weft::peers {
namespace {

class SocketioWire final : public Wire {
 public:
  Upgrade upgrade(const Person& person) const override {
    return {"/socket.io/?EIO=4&transport=websocket&room=" + std::to_string(person.room), {}};
  }

  void open(Person&, Bytes&) override {}

  void receive(Person& person, websocket::Opcode, ByteView payload, Bytes& out,
               Deliveries& deliveries) override {
    if (payload.starts_with("42[\"cursor\"")) {
      count_text_marks(payload, R"("x":)", R"(,"y":)", person, deliveries);
    } else if (payload.starts_with("0")) {
      append_client_frame(out, websocket::Opcode::text, "40");
    } else if (payload == "2") {
      append_client_frame(out, websocket::Opcode::text, "3");
    } else if (payload.starts_with("42[\"joined\"")) {
      person.has_joined = true;
    }
  }

  void act(Person& person, std::uint32_t stamp, Bytes& out) override {
    message_ = R"(42["cursor",{"x":)" + std::to_string(stamp) + R"(,"y":)" +
               std::to_string(person.mark()) + "}]";
    append_client_frame(out, websocket::Opcode::text, message_);
  }

 private:
  Bytes message_;  // reused
};

}  // namespace

std::unique_ptr<Wire> make_socketio_wire() {
  return std::make_unique<SocketioWire>();
}

}  // namespace weft::peers
