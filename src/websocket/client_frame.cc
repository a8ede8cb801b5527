// SPDX-License-Identifier: Apache-2.0
#include "websocket/client_frame.h"

#include "websocket/close_code.h"

#include <cassert>
#include <span>

namespace weft::websocket {
namespace {

constexpr unsigned kMaskBit = 0x80;

}  // namespace

void append_client_frame(Bytes& out, Opcode opcode, ByteView payload, MaskKey key) {
  assert(!is_control(opcode) || payload.size() <= kControlPayloadBytesMax);
  char header[kServerHeaderBytesMax];
  const std::size_t header_bytes = write_frame_header(header, opcode, payload.size());
  header[1] = static_cast<char>(static_cast<unsigned char>(header[1]) | kMaskBit);
  out.append(header, header_bytes).append(key.data(), key.size());
  const std::size_t payload_begin = out.size();
  out.append(payload);
  apply_mask(std::span<char>(out).subspan(payload_begin), key);
}

void append_client_close(Bytes& out, std::uint16_t code, MaskKey key) {
  assert(is_valid_close_code(code));
  const char bytes[2] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  append_client_frame(out, Opcode::close, ByteView(bytes, sizeof bytes), key);
}

}  // namespace weft::websocket
