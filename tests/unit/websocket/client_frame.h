// SPDX-License-Identifier: Apache-2.0
// Builds the frames that a client sends, right ones and wrong ones.
#pragma once

#include "util/bytes.h"
#include "websocket/frame_header.h"
#include "websocket/masking.h"

#include <cstddef>
#include <cstdint>

namespace weft::test {

enum class LengthForm { shortest, in_2_bytes, in_8_bytes };

/// A right frame unless a test says otherwise.
struct ClientFrame {
  websocket::Opcode opcode = websocket::Opcode::binary;
  Bytes payload = {};
  bool is_final = true;
  unsigned reserved_bits = 0;
  bool is_masked = true;
  LengthForm length_form = LengthForm::shortest;
  websocket::MaskKey mask_key = {'\x37', '\xfa', '\x21', '\x3d'};
};

inline void append_big_endian(Bytes& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift & 0xff));
  }
}

/// The header of a frame that claims `payload_bytes`, whatever `frame.payload` is.
inline Bytes client_header(const ClientFrame& frame, std::uint64_t payload_bytes) {
  Bytes out;
  out.push_back(static_cast<char>((frame.is_final ? 0x80 : 0) | frame.reserved_bits |
                                  static_cast<unsigned>(frame.opcode)));
  const unsigned mask_bit = frame.is_masked ? 0x80 : 0;
  LengthForm form = frame.length_form;
  if (form == LengthForm::shortest && payload_bytes > 125) {
    form = payload_bytes <= 0xffff ? LengthForm::in_2_bytes : LengthForm::in_8_bytes;
  }
  switch (form) {
    case LengthForm::shortest:
      out.push_back(static_cast<char>(mask_bit | payload_bytes));
      break;
    case LengthForm::in_2_bytes:
      out.push_back(static_cast<char>(mask_bit | 126));
      append_big_endian(out, payload_bytes, 2);
      break;
    case LengthForm::in_8_bytes:
      out.push_back(static_cast<char>(mask_bit | 127));
      append_big_endian(out, payload_bytes, 8);
      break;
  }
  if (frame.is_masked) out.append(frame.mask_key.data(), frame.mask_key.size());
  return out;
}

inline Bytes client_frame(const ClientFrame& frame) {
  Bytes out = client_header(frame, frame.payload.size());
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    const char mask = frame.is_masked ? frame.mask_key[i % 4] : '\0';
    out.push_back(static_cast<char>(frame.payload[i] ^ mask));
  }
  return out;
}

inline Bytes text_frame(ByteView payload) {
  return client_frame({.opcode = websocket::Opcode::text, .payload = Bytes(payload)});
}

inline Bytes binary_frame(ByteView payload) {
  return client_frame({.payload = Bytes(payload)});
}

inline Bytes ping_frame(ByteView payload) {
  return client_frame({.opcode = websocket::Opcode::ping, .payload = Bytes(payload)});
}

inline Bytes pong_frame(ByteView payload) {
  return client_frame({.opcode = websocket::Opcode::pong, .payload = Bytes(payload)});
}

/// A close frame with exactly this body.
inline Bytes close_frame(ByteView body) {
  return client_frame({.opcode = websocket::Opcode::close, .payload = Bytes(body)});
}

inline Bytes close_frame(std::uint16_t code, ByteView reason) {
  Bytes body;
  append_big_endian(body, code, 2);
  return close_frame(body.append(reason));
}

/// The first fragment of a message.
inline Bytes first_fragment(websocket::Opcode opcode, ByteView payload) {
  return client_frame({.opcode = opcode, .payload = Bytes(payload), .is_final = false});
}

/// A fragment in the middle.
inline Bytes next_fragment(ByteView payload) {
  return first_fragment(websocket::Opcode::continuation, payload);
}

inline Bytes last_fragment(ByteView payload) {
  return client_frame({.opcode = websocket::Opcode::continuation, .payload = Bytes(payload)});
}

}  // namespace weft::test
