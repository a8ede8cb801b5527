// SPDX-License-Identifier: Apache-2.0
// tldraw sync, JSON. Everyone moves a rectangle of their own, which the server's rooms begin with.
#include "client_frames.h"
#include "text_marks.h"
#include "wire.h"

#include <utility>

namespace weft::peers {
namespace {

class TldrawWire final : public Wire {
 public:
  /// `schema`: the server's own, serialized; a client has to show that it has the same.
  explicit TldrawWire(std::string schema) : schema_(std::move(schema)) {}

  Upgrade upgrade(const Person& person) const override {
    return {"/" + std::to_string(person.room) + "?session=" + std::to_string(person.index), {}};
  }

  void open(Person& person, Bytes& out) override {
    message_ = R"({"type":"connect","connectRequestId":")" + std::to_string(person.index) +
               R"(","lastServerClock":-1,"protocolVersion":8,"schema":)" + schema_ + "}";
    send(out);
  }

  void receive(Person& person, websocket::Opcode, ByteView payload, Bytes&,
               Deliveries& deliveries) override {
    if (payload.starts_with(R"({"type":"connect")")) {
      person.has_joined = true;
    } else {
      count_text_marks(payload, R"("x":["put",)", R"(],"y":["put",)", person, deliveries);
    }
  }

  void act(Person& person, std::uint32_t stamp, Bytes& out) override {
    message_ = R"({"type":"push","clientClock":)" + std::to_string(++person.deeds) +
               R"(,"diff":{"shape:p)" + std::to_string(person.place) +
               R"(":["patch",{"x":["put",)" + std::to_string(stamp) + R"(],"y":["put",)" +
               std::to_string(person.mark()) + "]}]}}";
    send(out);
  }

 private:
  void send(Bytes& out) { append_client_frame(out, websocket::Opcode::text, message_); }

  std::string schema_;
  Bytes message_;  // reused
};

}  // namespace

std::unique_ptr<Wire> make_tldraw_wire(std::string schema) {
  return std::make_unique<TldrawWire>(std::move(schema));
}

}  // namespace weft::peers
