// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/time.h"
#include "websocket/deflate.h"
#include "websocket/frame_header.h"
#include "websocket/masking.h"
#include "websocket/utf8.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weft::websocket {

/// Whose frames are read. Those of clients must be masked, those of servers must not.
enum class Sender : std::uint8_t { client, server };

/// What one client may make the decoder hold, and for how long.
struct Limits {
  /// Payload of one message, summed over its fragments; of a compressed one, what it grows to.
  std::size_t message_bytes_max = std::size_t{1} << 20;
  /// From a message's first byte to its last.
  std::chrono::milliseconds message_time_max = std::chrono::seconds(30);
  /// Fragments without payload in one message; the last fragment is free.
  int empty_fragments_max = 100;
};

enum class EventKind : std::uint8_t {
  /// The input is used up.
  need_more,
  /// A whole text or binary message: `opcode`, `payload`.
  message,
  /// To be answered with a pong of the same `payload`.
  ping,
  /// `payload`.
  pong,
  /// The client closes: `close_code` (kCloseNoStatus when it gave none), the reason in `payload`.
  /// Nothing is read after it.
  close,
  /// The client broke a rule: `fault`, the `close_code` to answer with, `sentence`, and for
  /// too_large `claimed_bytes`. Nothing is read after it.
  failure,
};

/// Why a connection's input cannot be read on.
enum class Fault : std::uint8_t {
  /// No failure.
  none,
  /// A rule of RFC 6455 is broken: 1002.
  protocol_error,
  /// A text or a close reason is not UTF-8: 1007.
  invalid_utf8,
  /// A compressed message is not what deflate makes: 1007.
  broken_compression,
  /// A message has more than Limits::message_bytes_max, as a frame header announces or inflating
  /// shows: 1009.
  too_large,
  /// A message is not complete after Limits::message_time_max: 1008.
  too_slow,
  /// A message has more than Limits::empty_fragments_max empty fragments: 1008.
  too_many_empty_fragments,
};

/// One thing that the client did. `payload` lives until the next call of MessageDecoder::next, on
/// whichever decoder shares its Inflate, and no longer than the input that was given to it.
struct Event {
  EventKind kind = EventKind::need_more;
  Opcode opcode = Opcode::binary;
  Fault fault = Fault::none;
  std::uint16_t close_code = 0;
  ByteView payload = {};
  /// Static; fit for a close reason.
  std::string_view sentence = {};
  /// The size of the message as far as frame headers have announced it or inflating has shown.
  std::uint64_t claimed_bytes = 0;
};

/// Turns the bytes of one client into messages (docs/spec/websocket.md); for a client of ours,
/// those of its server. One per connection, lives on the connection's shard. However the bytes are
/// cut, the events are the same.
///
/// A frame that lies whole in the input is unmasked there and handed out as a view. Otherwise its
/// bytes go into one contiguous buffer, which grows with what has really arrived, never with what
/// a header announces, and is given back on the call after the message was handed out. Between
/// messages the decoder owns no heap memory. A compressed message is inflated when it is complete,
/// into memory of the shard's.
class MessageDecoder {
 public:
  /// `inflate`: the shard's, which outlives the decoder; null when compression was not agreed on.
  explicit MessageDecoder(const Limits& limits, Sender sender = Sender::client,
                          Inflate* inflate = nullptr)
      : limits_(limits), sender_(sender), inflate_(inflate) {}
  MessageDecoder() : MessageDecoder(Limits{}) {}

  /// Takes bytes from the front of `input`, unmasking them in place, up to the first event. Call it
  /// until it answers need_more. Past deadline() it answers too_slow, also on an empty input.
  /// After close and failure it swallows all input and answers need_more.
  [[nodiscard]] Event next(std::span<char>& input, Instant now);

  /// Counts from the next frame header on.
  void set_message_bytes_max(std::size_t bytes) { limits_.message_bytes_max = bytes; }

  /// When next() has to be called even if no byte arrives: what is under way is too slow by then.
  [[nodiscard]] std::optional<Instant> deadline() const;

  /// Whether close or failure has been answered.
  [[nodiscard]] bool is_finished() const { return is_finished_; }

  /// Heap memory that the decoder owns at the moment.
  [[nodiscard]] std::size_t held_bytes() const;

 private:
  /// The frame whose payload is being read.
  struct Frame {
    Opcode opcode;
    bool is_final;
    MaskKey mask_key;
    std::uint64_t missing_bytes;
  };

  static constexpr std::size_t kClientHeaderBytesMax = 14;

  // Each gives an event when there is one, and nothing when the decoder can go on.
  std::optional<Event> read_header(std::span<char>& input);
  std::optional<Event> read_payload(std::span<char>& input);
  std::optional<Event> check_first_bytes();
  std::optional<Event> check_length(std::uint64_t payload_bytes);

  bool collect_header(std::span<char>& input, std::size_t bytes);
  void begin_frame(std::uint64_t payload_bytes);
  Event finish_control(Opcode opcode, ByteView payload);
  Event finish_message(ByteView payload);
  Event finish_compressed(ByteView payload);
  Event finish_close(ByteView payload);
  Event fail(Fault fault, std::uint16_t close_code, std::string_view sentence);
  Event fail_protocol(std::string_view sentence);
  Event fail_too_large(std::uint64_t claimed_bytes);
  void finish();

  Limits limits_;
  Sender sender_;
  bool is_compressed_ = false;  // the message under way
  Inflate* inflate_;

  // The first byte of what is under way: a message, or a lone control frame.
  std::optional<Instant> started_;

  // The message under way, while its last fragment has not ended.
  std::optional<Opcode> message_opcode_;
  int empty_fragments_ = 0;
  Utf8Checker utf8_;
  Bytes message_;

  // The frame under way: first its header is collected, then its payload is read.
  std::optional<Frame> frame_;
  std::uint8_t header_bytes_ = 0;
  bool is_finished_ = false;
  char header_[kClientHeaderBytesMax] = {};
  Bytes control_payload_;

  // What the last event's payload points to, unless it points into the input.
  Bytes handed_out_;
};

}  // namespace weft::websocket
