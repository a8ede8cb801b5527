// SPDX-License-Identifier: Apache-2.0
#include "websocket/deflate.h"

#include <algorithm>
#include <new>
#include <zlib.h>

namespace weft::websocket {
namespace {

// What a sender takes off the end of a payload, and a receiver puts back (RFC 7692 section 7.2.1).
constexpr ByteView kTail("\0\0\xff\xff", 4);

// The cheapest: on our messages the best saves 4 % more for twice the time and above (decision
// 0011).
constexpr int kLevel = 1;
constexpr int kMemLevel = 8;

// zlib's negative window bits mean data without its header and check sum.
constexpr int kRawWindowBits = -kDeflateWindowBits;

// Output that is kept from message to message; what a larger one needed is given back with the
// next.
constexpr std::size_t kKeptBytes = 16 * 1024;

// Blocks that call themselves the last of their stream. Each costs a new beginning, so that a
// message of nothing else would take much longer than its size lets expect.
constexpr int kFinalBlocksMax = 100;

// The bits of z_stream::data_type behind an inflate(): the last block is complete, and these bits
// of the last byte are left over.
constexpr int kAtBlockBoundary = 128;
constexpr int kUnusedBits = 63;

void set_input(z_stream& stream, ByteView bytes) {
  // zlib only reads from it, but is declared without const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

void set_output(z_stream& stream, Bytes& output, std::size_t used) {
  stream.next_out = reinterpret_cast<Bytef*>(output.data() + used);
  stream.avail_out = static_cast<uInt>(output.size() - used);
}

}  // namespace

void Deflate::End::operator()(z_stream_s* stream) const {
  deflateEnd(stream);
  delete stream;
}

Deflate::Deflate() : stream_(new z_stream{}) {
  if (deflateInit2(stream_.get(), kLevel, Z_DEFLATED, kRawWindowBits, kMemLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

Deflate::~Deflate() = default;

std::optional<ByteView> Deflate::compress(ByteView message) {
  ++count_;
  z_stream& stream = *stream_;
  deflateReset(&stream);
  if (output_.size() > kKeptBytes) Bytes().swap(output_);
  // Room for a result that is as large as the message, which is too large already.
  output_.resize(message.size() + kTail.size());
  set_input(stream, message);
  set_output(stream, output_, 0);
  deflate(&stream, Z_SYNC_FLUSH);
  if (stream.avail_out == 0) return std::nullopt;  // zlib would go on
  const std::size_t bytes = output_.size() - stream.avail_out - kTail.size();
  if (bytes >= message.size()) return std::nullopt;
  return ByteView(output_).substr(0, bytes);
}

void Inflate::End::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

Inflate::Inflate() : stream_(new z_stream{}) {
  if (inflateInit2(stream_.get(), kRawWindowBits) != Z_OK) throw std::bad_alloc();
}

Inflate::~Inflate() = default;

Result<ByteView, InflateFault> Inflate::expand(ByteView compressed, std::size_t bytes_max) {
  z_stream& stream = *stream_;
  inflateReset(&stream);
  final_blocks_ = 0;
  if (output_.size() > kKeptBytes) Bytes().swap(output_);
  output_.resize(std::min(kKeptBytes, bytes_max + 1));
  set_output(stream, output_, 0);

  for (const ByteView piece : {compressed, kTail}) {
    if (const auto fault = feed(piece, bytes_max)) return Failure<InflateFault>(*fault);
  }
  const bool is_complete =
      (stream.data_type & kAtBlockBoundary) != 0 && (stream.data_type & kUnusedBits) == 0;
  if (!is_complete) return Failure<InflateFault>(InflateFault::broken);
  const std::size_t bytes = output_.size() - stream.avail_out;
  if (bytes > bytes_max) return Failure<InflateFault>(InflateFault::too_large);
  return ByteView(output_).substr(0, bytes);
}

std::optional<InflateFault> Inflate::feed(ByteView piece, std::size_t bytes_max) {
  z_stream& stream = *stream_;
  set_input(stream, piece);
  while (true) {
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    if (result == Z_STREAM_END) {
      // A block that says it is the last does not end the message. zlib forgets its window here;
      // no sender that begins a new stream looks back beyond its beginning.
      if (++final_blocks_ > kFinalBlocksMax) return InflateFault::broken;
      inflateReset(&stream);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return InflateFault::broken;
    } else if (stream.avail_out > 0) {
      return std::nullopt;
    }
    if (stream.avail_out == 0 && !make_room(bytes_max)) return InflateFault::too_large;
  }
}

/// Doubles the output, to one byte over the limit at most, which says too_large.
bool Inflate::make_room(std::size_t bytes_max) {
  const std::size_t used = output_.size();
  if (used > bytes_max) return false;
  output_.resize(std::min(2 * used, bytes_max + 1));
  set_output(*stream_, output_, used);
  return true;
}

}  // namespace weft::websocket
