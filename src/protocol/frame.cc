// SPDX-License-Identifier: Apache-2.0
#include "protocol/frame.h"

#include "protocol/json.h"
#include "websocket/frame_header.h"

#include <vector>

namespace weft::protocol {

namespace {

/// The whole frame; `out` is empty.
void make_wire(Bytes& out, Encoding encoding, ByteView payload, bool is_compressed) {
  const auto opcode =
      encoding == Encoding::json ? websocket::Opcode::text : websocket::Opcode::binary;
  char header[websocket::kServerHeaderBytesMax];
  const std::size_t header_bytes =
      websocket::write_frame_header(header, opcode, payload.size(), is_compressed);
  out.reserve(header_bytes + payload.size());
  out.append(header, header_bytes).append(payload);
}

// A tick's frame of a busy room fits; a snapshot's part does not stay behind.
constexpr std::size_t kSpareBytesMax = std::size_t{8} * 1024;
// For the frames that one turn makes and has written by its end.
constexpr std::size_t kSpareFramesMax = 64;

}  // namespace

/// The frames that one thread keeps for reuse, at most kSpareFramesMax of kSpareBytesMax.
class FramePool {
 public:
  FramePool() = default;
  ~FramePool() {
    for (const Frame* frame : spare_) delete frame;
  }
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  [[nodiscard]] Frame* take() {
    if (spare_.empty()) return new Frame;
    Frame* frame = spare_.back();
    spare_.pop_back();
    return frame;
  }
  void give_back(Frame* frame) {
    if (spare_.size() == kSpareFramesMax || frame->spare_bytes() > kSpareBytesMax) {
      delete frame;
    } else {
      spare_.push_back(frame);
    }
  }

  static FramePool& of_this_thread() {
    thread_local FramePool pool;
    return pool;
  }

 private:
  std::vector<Frame*> spare_;
};

void intrusive_ptr_add_ref(const Frame* frame) {
  frame->references_.fetch_add(1, std::memory_order_relaxed);
}

void intrusive_ptr_release(const Frame* frame) {
  if (frame->references_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  FramePool::of_this_thread().give_back(const_cast<Frame*>(frame));
}

void Frame::fill(ByteView messages) {
  binary_.clear();
  text_.clear();
  for (Settled& form : settled_) {
    form.is_settled = false;
    form.wire.clear();
  }
  make_wire(binary_, Encoding::msgpack, messages, false);
}

std::size_t Frame::spare_bytes() const {
  std::size_t bytes = binary_.capacity() + text_.capacity();
  for (const Settled& form : settled_) bytes += form.wire.capacity();
  return bytes;
}

ByteView Frame::wire(Encoding encoding) const {
  if (encoding == Encoding::msgpack) return binary_;
  if (text_.empty()) {
    Bytes json;
    append_messages_as_json(json, messages());
    make_wire(text_, Encoding::json, json, false);
  }
  return text_;
}

ByteView Frame::messages() const {
  return websocket::payload_of(binary_);
}

bool Frame::is_settled(Encoding encoding) const {
  return settled(encoding).is_settled;
}

ByteView Frame::settled_wire(Encoding encoding) const {
  const Bytes& compressed = settled(encoding).wire;
  return compressed.empty() ? wire(encoding) : ByteView(compressed);
}

void Frame::settle_compressed(Encoding encoding, websocket::Deflate& deflate) const {
  const ByteView payload = websocket::payload_of(wire(encoding));
  if (const auto compressed = deflate.compress(payload)) {
    make_wire(settled(encoding).wire, encoding, *compressed, true);
  }
  settle_plain(encoding);
}

void Frame::settle_plain(Encoding encoding) const {
  settled(encoding).is_settled = true;
}

FrameRef make_frame(ByteView messages) {
  Frame* frame = FramePool::of_this_thread().take();
  frame->fill(messages);
  return FrameRef(frame);
}

}  // namespace weft::protocol
