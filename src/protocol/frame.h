// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "websocket/deflate.h"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::protocol {

enum class Encoding : std::uint8_t { msgpack, json };

/// How a session takes its frames.
struct Form {
  Form(Encoding chosen, bool compressed = false) : encoding(chosen), is_compressed(compressed) {}

  Encoding encoding;
  bool is_compressed;  // permessage-deflate was agreed on
};

/// Messages encoded once and shared by every session that gets them: immutable. The bytes are a
/// complete WebSocket frame; its text form is made when the first JSON session asks, and once.
/// Likewise the compressed form of each. It is one shard's own, but for its messages: other threads
/// may hold a reference and read those, as the store does with a snapshot's.
class Frame : public boost::intrusive_ref_counter<Frame, boost::thread_safe_counter> {
 public:
  /// `messages`: MessagePack messages back to back.
  explicit Frame(ByteView messages);

  /// The whole WebSocket frame, header included; lives as long as the Frame.
  [[nodiscard]] ByteView wire(Encoding encoding) const;
  [[nodiscard]] ByteView messages() const;

  /// What goes to sessions that take compressed frames; of no use before it is settled, and the
  /// same ever after: the compressed form if there is one, else wire().
  [[nodiscard]] ByteView settled_wire(Encoding encoding) const;
  [[nodiscard]] bool is_settled(Encoding encoding) const;
  /// Settles with a compressed form, unless it would not be smaller.
  void settle_compressed(Encoding encoding, websocket::Deflate& deflate) const;
  /// Settles without.
  void settle_plain(Encoding encoding) const;

 private:
  struct Settled {
    bool is_settled = false;
    Bytes wire;  // empty: not compressed
  };
  [[nodiscard]] Settled& settled(Encoding encoding) const {
    return settled_[static_cast<std::size_t>(encoding)];
  }

  Bytes binary_;
  mutable Bytes text_;  // empty until asked for
  mutable std::array<Settled, 2> settled_;
};

using FrameRef = boost::intrusive_ptr<const Frame>;

[[nodiscard]] FrameRef make_frame(ByteView messages);

}  // namespace weft::protocol
