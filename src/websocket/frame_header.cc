// SPDX-License-Identifier: Apache-2.0
#include "websocket/frame_header.h"

#include "websocket/close_code.h"

#include <cassert>

namespace weft::websocket {
namespace {

constexpr unsigned kFinBit = 0x80;
constexpr char kLengthIn2Bytes = 126;
constexpr char kLengthIn8Bytes = 127;

/// Big-endian, as everything in a frame.
void write_number(char* out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i > 0; --i) {
    out[i - 1] = static_cast<char>(number & 0xff);
    number >>= 8;
  }
}

/// The longest beginning of `text` that fits and does not end inside a character.
ByteView cut_at_character(ByteView text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  const auto is_inside_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
  };
  std::size_t end = bytes_max;
  while (end > 0 && is_inside_character(end)) --end;
  return text.substr(0, end);
}

void append_control_frame(Bytes& out, Opcode opcode, ByteView payload) {
  assert(payload.size() <= kControlPayloadBytesMax);
  append_frame_header(out, opcode, payload.size());
  out.append(payload);
}

}  // namespace

std::size_t write_frame_header(char (&out)[kServerHeaderBytesMax], Opcode opcode,
                               std::uint64_t payload_bytes, bool is_compressed) {
  out[0] = static_cast<char>(kFinBit | (is_compressed ? kCompressedBit : 0) |
                             static_cast<unsigned>(opcode));
  if (payload_bytes < 126) {
    out[1] = static_cast<char>(payload_bytes);
    return 2;
  }
  if (payload_bytes <= 0xffff) {
    out[1] = kLengthIn2Bytes;
    write_number(out + 2, payload_bytes, 2);
    return 4;
  }
  out[1] = kLengthIn8Bytes;
  write_number(out + 2, payload_bytes, 8);
  return 10;
}

ByteView payload_of(ByteView frame) {
  const char length = frame[1];
  const std::size_t header_bytes = length < kLengthIn2Bytes    ? 2
                                   : length == kLengthIn2Bytes ? 4
                                                               : 10;
  return frame.substr(header_bytes);
}

void append_frame_header(Bytes& out, Opcode opcode, std::uint64_t payload_bytes) {
  char header[kServerHeaderBytesMax];
  out.append(header, write_frame_header(header, opcode, payload_bytes));
}

void append_close_frame(Bytes& out, std::uint16_t code, ByteView reason) {
  if (code == kCloseNoStatus) {
    append_frame_header(out, Opcode::close, 0);
    return;
  }
  assert(is_valid_close_code(code));
  const ByteView kept = cut_at_character(reason, kCloseReasonBytesMax);
  char code_bytes[2];
  write_number(code_bytes, code, sizeof code_bytes);
  append_frame_header(out, Opcode::close, sizeof code_bytes + kept.size());
  out.append(code_bytes, sizeof code_bytes).append(kept);
}

void append_ping(Bytes& out, ByteView payload) {
  append_control_frame(out, Opcode::ping, payload);
}

void append_pong(Bytes& out, ByteView payload) {
  append_control_frame(out, Opcode::pong, payload);
}

}  // namespace weft::websocket
