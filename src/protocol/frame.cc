// SPDX-License-Identifier: Apache-2.0
#include "protocol/frame.h"

#include "protocol/json.h"
#include "websocket/frame_header.h"

namespace weft::protocol {

Frame::Frame(ByteView messages) {
  char header[websocket::kServerHeaderBytesMax];
  header_bytes_ = websocket::write_frame_header(header, websocket::Opcode::binary, messages.size());
  binary_.reserve(header_bytes_ + messages.size());
  binary_.append(header, header_bytes_);
  binary_.append(messages);
}

ByteView Frame::wire(Encoding encoding) const {
  if (encoding == Encoding::msgpack) return binary_;
  if (text_.empty()) {
    Bytes json;
    append_messages_as_json(json, messages());
    char header[websocket::kServerHeaderBytesMax];
    const std::size_t header_bytes =
        websocket::write_frame_header(header, websocket::Opcode::text, json.size());
    text_.reserve(header_bytes + json.size());
    text_.append(header, header_bytes);
    text_.append(json);
  }
  return text_;
}

ByteView Frame::messages() const {
  return ByteView(binary_).substr(header_bytes_);
}

FrameRef make_frame(ByteView messages) {
  return FrameRef(new Frame(messages));
}

}  // namespace weft::protocol
