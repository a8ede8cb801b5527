// SPDX-License-Identifier: Apache-2.0
// Whatever a client sends is accepted, or refused with a sentence. What was accepted goes through
// the JSON form and back without a change, and ops that were accepted are accepted again after
// encoding.
//
// The first byte chooses: even is a binary frame, odd a text frame. The rest is the frame's
// payload.
#include "protocol/json.h"
#include "protocol/messages.h"
#include "protocol/ops.h"
#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <variant>

namespace {

using namespace weft;
using namespace weft::protocol;

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", rule);
  std::abort();
}

Bytes json_of(ByteView value) {
  Bytes json;
  append_value_as_json(json, value);
  return json;
}

void check_value(ByteView value) {
  MsgpackReader reader(value);
  require(reader.read_value().has_value() && reader.at_end(),
          "what was accepted is one whole value");
  const Bytes json = json_of(value);
  Bytes back;
  require(json_to_messages("[" + json + "]", back).has_value(), "our JSON can be read");
  require(json_of(back) == json, "a value survives the JSON form");
}

Bytes encode(const OpList& list) {
  Bytes out;
  append_array(out, static_cast<std::uint32_t>(list.ops.size()));
  for (const Op& op : list.ops) {
    if (op.kind == OpKind::create) append_create(out, op.id, op.type, list.properties_of(op));
    if (op.kind == OpKind::set) append_set(out, op.id, list.properties_of(op));
    if (op.kind == OpKind::erase) append_erase(out, op.id);
  }
  return out;
}

void check_ops(ByteView raw) {
  const Limits limits;
  OpList list;
  if (const auto decoded = decode_ops(raw, limits, list); !decoded) {
    require(!decoded.error().message.empty() && !name_of(decoded.error().code).empty(),
            "a rejection has a code and a sentence");
    require(decoded.error().op_index <= limits.push_ops_max, "a rejection names an op");
    return;
  }
  const Bytes once = encode(list);
  OpList again;
  require(decode_ops(once, limits, again).has_value(), "accepted ops are accepted again");
  require(encode(again) == once, "ops are encoded in one way");
}

struct CheckMessage {
  void operator()(const Hello& hello) const {
    require(!hello.client.empty(), "hello has a client");
    if (!hello.presence.empty()) check_value(hello.presence);
  }
  void operator()(const PresencePatch& presence) const { check_value(presence.patch); }
  void operator()(const Push& push) const {
    check_value(push.ops);
    check_ops(push.ops);
  }
  void operator()(const Event& event) const { check_value(event.payload); }
  void operator()(const View& view) const {
    if (view.rect)
      require(view.rect->x0 <= view.rect->x1 && view.rect->y0 <= view.rect->y1, "a view is sorted");
  }
  void operator()(const auto& /*other*/) const {}
};

void check_frame(ByteView frame) {
  MessageReader reader(frame);
  while (!reader.at_end()) {
    const std::size_t before = reader.offset();
    const auto message = reader.next();
    if (!message) {
      require(!message.error().what.empty() && message.error().offset <= frame.size(),
              "a refusal has a sentence and a place");
      return;
    }
    require(reader.offset() > before, "a message takes bytes");
    std::visit(CheckMessage{}, *message);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView payload(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    check_frame(payload);
    return 0;
  }
  Bytes messages;
  if (const auto transcoded = json_to_messages(payload, messages); !transcoded) {
    require(!transcoded.error().what.empty() && messages.empty(),
            "a refused text has a sentence and leaves nothing");
    return 0;
  }
  check_frame(messages);
  return 0;
}
