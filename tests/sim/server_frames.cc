// SPDX-License-Identifier: Apache-2.0
#include "sim/server_frames.h"

#include "sim/complaint.h"
#include "websocket/deflate.h"

#include <cstddef>
#include <cstdint>

namespace weft::sim {
namespace {

Bytes inflated(const ServerFrames::Frame& frame) {
  constexpr std::size_t kNoLimit = std::size_t{1} << 30;
  websocket::Inflate inflate;
  const auto message = inflate.expand(frame.payload, kNoLimit);
  if (!message) complain("a server's message cannot be inflated (O14)");
  if (message->size() <= frame.payload.size()) complain("a compressed form is not smaller (O14)");
  if (websocket::is_control(frame.opcode)) complain("a control frame is compressed (O14)");
  return Bytes(*message);
}

}  // namespace

std::optional<ServerFrames::Frame> ServerFrames::next() {
  const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(waiting_[i]); };
  if (waiting_.size() < 2) return std::nullopt;
  const bool is_compressed = may_be_compressed_ && (byte(0) & websocket::kCompressedBit) != 0;
  const unsigned flags = (byte(0) & 0xf0U) ^ (is_compressed ? websocket::kCompressedBit : 0);
  if (flags != 0x80 || (byte(1) & 0x80) != 0) {
    complain("a server's frame is fragmented, masked or out of step (W31)");
  }
  std::size_t header = 2;
  std::uint64_t size = byte(1);
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (waiting_.size() < header + more) return std::nullopt;
  if (more > 0) size = 0;
  for (; more > 0 && header < 2 + more; ++header) size = size << 8 | byte(header);
  if (waiting_.size() < header + size) return std::nullopt;
  Frame frame{static_cast<websocket::Opcode>(byte(0) & 0x0f), waiting_.substr(header, size),
              is_compressed};
  waiting_.erase(0, header + size);
  if (is_compressed) frame.payload = inflated(frame);
  return frame;
}

}  // namespace weft::sim
