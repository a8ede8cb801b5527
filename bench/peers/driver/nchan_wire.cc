// SPDX-License-Identifier: Apache-2.0
// Nchan as a plain channel: what one says, all of the channel get, as it is and themselves
// included.
#include "client_frames.h"
#include "text_marks.h"
#include "wire.h"

namespace weft::peers {
namespace {

class NchanWire final : public Wire {
 public:
  Upgrade upgrade(const Person& person) const override {
    return {"/r/" + std::to_string(person.room), {}};
  }
  void open(Person& person, Bytes&) override { person.has_joined = true; }
  void receive(Person& person, websocket::Opcode, ByteView payload, Bytes&,
               Deliveries& deliveries) override {
    count_text_marks(payload, R"("x":)", R"(,"y":)", person, deliveries);
  }
  void act(Person& person, std::uint32_t stamp, Bytes& out) override {
    message_ = R"({"id":")" + std::to_string(person.place) + R"(","x":)" + std::to_string(stamp) +
               R"(,"y":)" + std::to_string(person.mark()) + "}";
    append_client_frame(out, websocket::Opcode::text, message_);
  }

 private:
  Bytes message_;  // reused
};

}  // namespace

std::unique_ptr<Wire> make_nchan_wire() {
  return std::make_unique<NchanWire>();
}

}  // namespace weft::peers
