// SPDX-License-Identifier: Apache-2.0
#include "protocol/frame.h"

#include "protocol/json.h"
#include "websocket/frame_header.h"

namespace weft::protocol {

namespace {

/// The whole frame; `out` is empty.
void make_wire(Bytes& out, Encoding encoding, ByteView payload, bool is_compressed) {
  const auto opcode =
      encoding == Encoding::json ? websocket::Opcode::text : websocket::Opcode::binary;
  char header[websocket::kServerHeaderBytesMax];
  const std::size_t header_bytes =
      websocket::write_frame_header(header, opcode, payload.size(), is_compressed);
  out.reserve(header_bytes + payload.size());
  out.append(header, header_bytes).append(payload);
}

}  // namespace

Frame::Frame(ByteView messages) {
  make_wire(binary_, Encoding::msgpack, messages, false);
}

ByteView Frame::wire(Encoding encoding) const {
  if (encoding == Encoding::msgpack) return binary_;
  if (text_.empty()) {
    Bytes json;
    append_messages_as_json(json, messages());
    make_wire(text_, Encoding::json, json, false);
  }
  return text_;
}

ByteView Frame::messages() const {
  return websocket::payload_of(binary_);
}

bool Frame::is_settled(Encoding encoding) const {
  return settled(encoding).is_settled;
}

ByteView Frame::settled_wire(Encoding encoding) const {
  const Bytes& compressed = settled(encoding).wire;
  return compressed.empty() ? wire(encoding) : ByteView(compressed);
}

void Frame::settle_compressed(Encoding encoding, websocket::Deflate& deflate) const {
  const ByteView payload = websocket::payload_of(wire(encoding));
  if (const auto compressed = deflate.compress(payload)) {
    make_wire(settled(encoding).wire, encoding, *compressed, true);
  }
  settle_plain(encoding);
}

void Frame::settle_plain(Encoding encoding) const {
  settled(encoding).is_settled = true;
}

FrameRef make_frame(ByteView messages) {
  return FrameRef(new Frame(messages));
}

}  // namespace weft::protocol
