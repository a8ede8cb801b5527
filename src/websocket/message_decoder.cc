// SPDX-License-Identifier: Apache-2.0
#include "websocket/message_decoder.h"

#include "websocket/close_code.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace weft::websocket {
namespace {

constexpr unsigned kFinBit = 0x80;
constexpr unsigned kReservedBits = 0x70;
constexpr unsigned kOpcodeBits = 0x0f;
constexpr unsigned kMaskBit = 0x80;
constexpr unsigned kLengthBits = 0x7f;
constexpr unsigned kLengthIn2Bytes = 126;
constexpr unsigned kLengthIn8Bytes = 127;

unsigned to_unsigned(char byte) {
  return static_cast<unsigned char>(byte);
}

/// Big-endian, as everything in a frame.
std::uint64_t read_number(ByteView bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | to_unsigned(byte);
  return number;
}

bool is_known(unsigned opcode) {
  return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

/// Bytes of the extended length that follows the header's second byte.
std::size_t extended_length_bytes(unsigned short_length) {
  if (short_length == kLengthIn2Bytes) return 2;
  return short_length == kLengthIn8Bytes ? 8 : 0;
}

/// What a message within the limit may have on the wire when it is compressed: deflate adds a
/// little to what it cannot make smaller, at most a sixteenth with the least memory.
std::size_t compressed_bytes_max(std::size_t message_bytes_max) {
  return message_bytes_max + message_bytes_max / 16 + 64;
}

/// Gives the memory back too, which clear() and assignment from an empty string do not.
void release(Bytes& bytes) {
  Bytes().swap(bytes);
}

std::size_t heap_bytes(const Bytes& bytes) {
  return bytes.capacity() > Bytes().capacity() ? bytes.capacity() : 0;
}

}  // namespace

Event MessageDecoder::next(std::span<char>& input, Instant now) {
  if (!handed_out_.empty()) release(handed_out_);
  if (is_finished_) {
    input = {};
    return {};
  }
  if (started_ && now >= *deadline()) {
    return fail(Fault::too_slow, kClosePolicyViolation, "The message took too long to arrive.");
  }
  while (true) {
    if (!frame_) {
      if (!started_ && !input.empty()) started_ = now;
      if (const auto event = read_header(input)) return *event;
    }
    if (const auto event = read_payload(input)) return *event;
  }
}

std::optional<Instant> MessageDecoder::deadline() const {
  if (!started_) return std::nullopt;
  return *started_ + limits_.message_time_max;
}

std::size_t MessageDecoder::held_bytes() const {
  return heap_bytes(message_) + heap_bytes(control_payload_) + heap_bytes(handed_out_);
}

/// A header comes in three parts: two bytes, the extended length, a client's mask key. Each is
/// judged when it is complete and not before, so that a cut elsewhere changes nothing.
std::optional<Event> MessageDecoder::read_header(std::span<char>& input) {
  std::size_t header_bytes = 2;
  if (!collect_header(input, header_bytes)) return Event{};
  if (auto failure = check_first_bytes()) return failure;

  const unsigned short_length = to_unsigned(header_[1]) & kLengthBits;
  const std::size_t length_bytes = extended_length_bytes(short_length);
  header_bytes += length_bytes;
  if (!collect_header(input, header_bytes)) return Event{};
  const std::uint64_t payload_bytes =
      length_bytes == 0 ? short_length : read_number({header_ + 2, length_bytes});
  if (auto failure = check_length(payload_bytes)) return failure;

  if (sender_ == Sender::client) header_bytes += std::tuple_size_v<MaskKey>;
  if (!collect_header(input, header_bytes)) return Event{};
  begin_frame(payload_bytes);
  return std::nullopt;
}

/// Whether the first `bytes` of the header are there.
bool MessageDecoder::collect_header(std::span<char>& input, std::size_t bytes) {
  if (header_bytes_ < bytes) {
    const std::size_t taken = std::min(bytes - header_bytes_, input.size());
    std::copy_n(input.begin(), taken, header_ + header_bytes_);
    header_bytes_ = static_cast<std::uint8_t>(header_bytes_ + taken);
    input = input.subspan(taken);
  }
  return header_bytes_ >= bytes;
}

std::optional<Event> MessageDecoder::check_first_bytes() {
  const unsigned first = to_unsigned(header_[0]);
  const unsigned second = to_unsigned(header_[1]);
  const unsigned reserved = first & kReservedBits;
  const bool may_be_compressed = inflate_ != nullptr && reserved == kCompressedBit;
  if (reserved != 0 && !may_be_compressed) {
    return fail_protocol("A reserved bit of a frame is set.");
  }
  if (!is_known(first & kOpcodeBits)) return fail_protocol("A frame has a reserved opcode.");
  const bool is_masked = (second & kMaskBit) != 0;
  if (is_masked != (sender_ == Sender::client)) {
    return fail_protocol(is_masked ? "A frame from a server is masked."
                                   : "A frame from a client is not masked.");
  }

  const auto opcode = static_cast<Opcode>(first & kOpcodeBits);
  if (reserved != 0 && (is_control(opcode) || opcode == Opcode::continuation)) {
    return fail_protocol("A frame that begins no message says that it is compressed.");
  }
  if (is_control(opcode)) {
    if ((first & kFinBit) == 0) return fail_protocol("A control frame is fragmented.");
    if ((second & kLengthBits) > kControlPayloadBytesMax) {
      return fail_protocol("A control frame is longer than 125 bytes.");
    }
    return std::nullopt;
  }
  if (opcode == Opcode::continuation && !message_opcode_) {
    return fail_protocol("There is no message that this frame could continue.");
  }
  if (opcode != Opcode::continuation && message_opcode_) {
    return fail_protocol("A new message begins inside a fragmented one.");
  }
  return std::nullopt;
}

std::optional<Event> MessageDecoder::check_length(std::uint64_t payload_bytes) {
  const unsigned short_length = to_unsigned(header_[1]) & kLengthBits;
  if (payload_bytes >> 63 != 0) return fail_protocol("The top bit of a frame's length is set.");
  if ((short_length == kLengthIn2Bytes && payload_bytes < kLengthIn2Bytes) ||
      (short_length == kLengthIn8Bytes && payload_bytes <= 0xffff)) {
    return fail_protocol("A frame's length is not in its shortest form.");
  }

  const unsigned first = to_unsigned(header_[0]);
  if (is_control(static_cast<Opcode>(first & kOpcodeBits))) return std::nullopt;

  const bool is_compressed = message_opcode_ ? is_compressed_ : (first & kCompressedBit) != 0;
  const std::uint64_t claimed_bytes = message_.size() + payload_bytes;
  if (claimed_bytes > (is_compressed ? compressed_bytes_max(limits_.message_bytes_max)
                                     : limits_.message_bytes_max)) {
    return fail_too_large(claimed_bytes);
  }
  const bool is_empty_fragment = payload_bytes == 0 && (first & kFinBit) == 0;
  if (is_empty_fragment && empty_fragments_ >= limits_.empty_fragments_max) {
    return fail(Fault::too_many_empty_fragments, kClosePolicyViolation,
                "The message has too many empty fragments.");
  }
  return std::nullopt;
}

void MessageDecoder::begin_frame(std::uint64_t payload_bytes) {
  const unsigned first = to_unsigned(header_[0]);
  Frame& frame = frame_.emplace();
  frame.opcode = static_cast<Opcode>(first & kOpcodeBits);
  frame.is_final = (first & kFinBit) != 0;
  frame.missing_bytes = payload_bytes;
  if (sender_ == Sender::client) {
    std::memcpy(frame.mask_key.data(), header_ + header_bytes_ - frame.mask_key.size(),
                frame.mask_key.size());
  }
  header_bytes_ = 0;

  if (is_control(frame.opcode)) return;
  if (!message_opcode_) {
    message_opcode_ = frame.opcode;
    is_compressed_ = (first & kCompressedBit) != 0;
  }
  if (payload_bytes == 0 && !frame.is_final) ++empty_fragments_;
}

/// Takes what the input has of the frame's payload.
std::optional<Event> MessageDecoder::read_payload(std::span<char>& input) {
  Frame& frame = *frame_;
  const std::size_t taken =
      static_cast<std::size_t>(std::min<std::uint64_t>(frame.missing_bytes, input.size()));
  const std::span<char> chunk = input.first(taken);
  input = input.subspan(taken);
  if (sender_ == Sender::client) apply_mask(chunk, frame.mask_key);
  frame.missing_bytes -= taken;
  ByteView payload(chunk.data(), chunk.size());

  const bool is_of_message = !is_control(frame.opcode);
  const bool is_plain_text = message_opcode_ == Opcode::text && !is_compressed_;
  if (is_of_message && is_plain_text && !utf8_.feed(payload)) {
    return fail(Fault::invalid_utf8, kCloseInvalidPayload, "A text message is not UTF-8.");
  }

  Bytes& buffer = is_of_message ? message_ : control_payload_;
  const bool ends_here = frame.missing_bytes == 0 && frame.is_final;
  if (!ends_here || !buffer.empty()) buffer.append(payload);
  if (frame.missing_bytes > 0) return Event{};

  const Opcode opcode = frame.opcode;
  frame_.reset();
  if (!ends_here) return std::nullopt;
  if (!buffer.empty()) {
    handed_out_.swap(buffer);
    payload = handed_out_;
  }
  if (!is_of_message) return finish_control(opcode, payload);
  return is_compressed_ ? finish_compressed(payload) : finish_message(payload);
}

Event MessageDecoder::finish_compressed(ByteView payload) {
  const auto message = inflate_->expand(payload, limits_.message_bytes_max);
  release(handed_out_);
  if (!message) {
    if (message.error() == InflateFault::too_large) {
      return fail_too_large(std::uint64_t{limits_.message_bytes_max} + 1);
    }
    return fail(Fault::broken_compression, kCloseInvalidPayload,
                "A compressed message cannot be inflated.");
  }
  if (message_opcode_ == Opcode::text && !utf8_.feed(*message)) {
    return fail(Fault::invalid_utf8, kCloseInvalidPayload, "A text message is not UTF-8.");
  }
  return finish_message(*message);
}

Event MessageDecoder::finish_message(ByteView payload) {
  if (!utf8_.is_at_boundary()) {
    return fail(Fault::invalid_utf8, kCloseInvalidPayload,
                "A text message ends inside a character.");
  }
  const Event event{.kind = EventKind::message, .opcode = *message_opcode_, .payload = payload};
  message_opcode_.reset();
  empty_fragments_ = 0;
  started_.reset();
  return event;
}

Event MessageDecoder::finish_control(Opcode opcode, ByteView payload) {
  if (opcode == Opcode::close) return finish_close(payload);
  // Between fragments the clock of the message goes on.
  if (!message_opcode_) started_.reset();
  const EventKind kind = opcode == Opcode::ping ? EventKind::ping : EventKind::pong;
  return Event{.kind = kind, .opcode = opcode, .payload = payload};
}

Event MessageDecoder::finish_close(ByteView payload) {
  Event event{.kind = EventKind::close, .opcode = Opcode::close, .close_code = kCloseNoStatus};
  if (payload.size() == 1) return fail_protocol("A close frame has half a code.");
  if (payload.size() >= 2) {
    event.close_code = static_cast<std::uint16_t>(read_number(payload.substr(0, 2)));
    event.payload = payload.substr(2);
  }
  if (!payload.empty() && !is_valid_close_code(event.close_code)) {
    return fail_protocol("A close frame has a code that must not be sent.");
  }
  if (!is_valid_utf8(event.payload)) {
    return fail(Fault::invalid_utf8, kCloseInvalidPayload, "A close reason is not UTF-8.");
  }
  finish();
  return event;
}

Event MessageDecoder::fail_protocol(std::string_view sentence) {
  return fail(Fault::protocol_error, kCloseProtocolError, sentence);
}

Event MessageDecoder::fail_too_large(std::uint64_t claimed_bytes) {
  Event failure =
      fail(Fault::too_large, kCloseMessageTooBig, "The message is larger than allowed.");
  failure.claimed_bytes = claimed_bytes;
  return failure;
}

Event MessageDecoder::fail(Fault fault, std::uint16_t close_code, std::string_view sentence) {
  finish();
  release(handed_out_);
  return Event{
      .kind = EventKind::failure, .fault = fault, .close_code = close_code, .sentence = sentence};
}

/// What is handed out stays until the next call; all else is given back.
void MessageDecoder::finish() {
  is_finished_ = true;
  started_.reset();
  release(message_);
  release(control_payload_);
}

}  // namespace weft::websocket
