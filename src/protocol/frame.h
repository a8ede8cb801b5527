// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <string>

namespace weft::protocol {

enum class Encoding : std::uint8_t { msgpack, json };

/// Messages encoded once and shared by every session that gets them: immutable, one shard's own
/// (the count of its references is not atomic). The bytes are a complete WebSocket frame; its text
/// form is made when the first JSON session asks, and once.
class Frame : public boost::intrusive_ref_counter<Frame, boost::thread_unsafe_counter> {
 public:
  /// `messages`: MessagePack messages back to back.
  explicit Frame(ByteView messages);

  /// The whole WebSocket frame, header included; lives as long as the Frame.
  [[nodiscard]] ByteView wire(Encoding encoding) const;
  [[nodiscard]] ByteView messages() const;

 private:
  Bytes binary_;
  std::size_t header_bytes_ = 0;
  mutable Bytes text_;  // empty until asked for
};

using FrameRef = boost::intrusive_ptr<const Frame>;

[[nodiscard]] FrameRef make_frame(ByteView messages);

}  // namespace weft::protocol
