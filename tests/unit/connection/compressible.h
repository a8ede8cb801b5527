// SPDX-License-Identifier: Apache-2.0
// Frames that deflate makes smaller, and such that it does not.
#pragma once

#include "protocol/frame.h"
#include "protocol/msgpack.h"

#include <cstddef>
#include <random>
#include <string>

namespace weft::connection::testing {

/// A frame of about so many bytes, never less.
inline protocol::FrameRef compressible_frame(std::size_t bytes) {
  Bytes messages;
  protocol::append_binary(messages, std::string(bytes, 'x'));
  return protocol::make_frame(messages);
}

inline protocol::FrameRef noise_frame(std::size_t bytes) {
  std::mt19937_64 random(bytes);
  Bytes noise(bytes, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  Bytes messages;
  protocol::append_binary(messages, noise);
  return protocol::make_frame(messages);
}

inline bool is_compressed(const protocol::Frame& frame, protocol::Encoding encoding) {
  const ByteView settled = frame.settled_wire(encoding);
  const bool is_smaller = settled.size() < frame.wire(encoding).size();
  const bool is_marked = (static_cast<unsigned char>(settled[0]) & 0x40) != 0;
  return is_smaller && is_marked;
}

}  // namespace weft::connection::testing
