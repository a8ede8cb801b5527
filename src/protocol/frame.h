// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "websocket/deflate.h"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <array>
#include <atomic>
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
/// may hold a reference and read those, as the store does with a snapshot's. Small frames that are
/// not used any more are kept by their thread for the next ones, with the memory they have.
class Frame {
 public:
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

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
  friend boost::intrusive_ptr<const Frame> make_frame(ByteView messages);
  friend void intrusive_ptr_add_ref(const Frame* frame);
  friend void intrusive_ptr_release(const Frame* frame);
  friend class FramePool;

  Frame() = default;
  /// Of a new frame or one that nobody has any more.
  void fill(ByteView messages);
  /// What it keeps of its memory for the next one.
  [[nodiscard]] std::size_t spare_bytes() const;
  [[nodiscard]] Settled& settled(Encoding encoding) const {
    return settled_[static_cast<std::size_t>(encoding)];
  }

  mutable std::atomic<std::uint32_t> references_ = 0;
  Bytes binary_;
  mutable Bytes text_;  // empty until asked for
  mutable std::array<Settled, 2> settled_;
};

using FrameRef = boost::intrusive_ptr<const Frame>;

/// `messages`: MessagePack messages back to back.
[[nodiscard]] FrameRef make_frame(ByteView messages);

}  // namespace weft::protocol
