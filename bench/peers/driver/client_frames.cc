// SPDX-License-Identifier: Apache-2.0
#include "client_frames.h"

#include "websocket/masking.h"

#include <span>

namespace weft::peers {
namespace {

constexpr websocket::MaskKey kMask = {'\x37', '\xfa', '\x21', '\x3d'};
constexpr char kMaskedBit = static_cast<char>(0x80);

}  // namespace

void append_client_frame(Bytes& out, websocket::Opcode opcode, ByteView payload) {
  const std::size_t begin = out.size();
  websocket::append_frame_header(out, opcode, payload.size());
  out[begin + 1] = static_cast<char>(out[begin + 1] | kMaskedBit);
  websocket::MaskKey mask = kMask;
  out.append(mask.data(), mask.size());
  const std::size_t at = out.size();
  out.append(payload);
  websocket::apply_mask(std::span(out).subspan(at), mask);
}

}  // namespace weft::peers
