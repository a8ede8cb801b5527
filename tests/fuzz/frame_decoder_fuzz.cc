// SPDX-License-Identifier: Apache-2.0
// Whatever a client sends, in whatever pieces: the same events, each within the limits, whether
// compression was agreed on or not.
// An input is: two bytes of message limit, one byte that seeds the cuts, then the client's bytes.
#include "support/split.h"
#include "unit/websocket/event_script.h"
#include "websocket/close_code.h"
#include "websocket/deflate.h"
#include "websocket/message_decoder.h"
#include "websocket/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace weft;
using namespace weft::websocket;

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", rule);
  std::abort();
}

void check_event(const Event& event, const Limits& limits) {
  const bool is_close_code_sendable = is_valid_close_code(event.close_code);
  switch (event.kind) {
    case EventKind::need_more:
      break;
    case EventKind::message:
      require(event.payload.size() <= limits.message_bytes_max, "a message is within the limit");
      require(event.opcode == Opcode::binary || is_valid_utf8(event.payload), "text is UTF-8");
      break;
    case EventKind::ping:
    case EventKind::pong:
      require(event.payload.size() <= kControlPayloadBytesMax, "a control frame is short");
      break;
    case EventKind::close:
      require(is_close_code_sendable || event.close_code == kCloseNoStatus,
              "a close code is valid");
      require(is_valid_utf8(event.payload), "a close reason is UTF-8");
      break;
    case EventKind::failure:
      require(is_close_code_sendable && event.fault != Fault::none && !event.sentence.empty(),
              "a refusal says why");
      require(event.fault != Fault::too_large || event.claimed_bytes > limits.message_bytes_max,
              "what is refused as too large claims to be");
      break;
  }
}

std::vector<std::string> decode_checked(test::Pieces pieces, const Limits& limits,
                                        Inflate* inflate) {
  MessageDecoder decoder(limits, Sender::client, inflate);
  std::vector<std::string> lines;
  std::size_t arrived_bytes = 0;
  for (Bytes& piece : pieces) {
    arrived_bytes += piece.size();
    std::span<char> input = piece;
    while (true) {
      require(!decoder.is_finished() || lines.back().starts_with("close") ||
                  lines.back().starts_with("refused"),
              "nothing comes after the end");
      const Event event = decoder.next(input, Instant{});
      check_event(event, limits);
      // Twice for the growth, and once the size where a string leaves its own body.
      require(decoder.held_bytes() <= 2 * arrived_bytes + 2 * Bytes().capacity(),
              "memory follows what has arrived");
      if (event.kind == EventKind::need_more) break;
      lines.push_back(test::describe(event));
    }
    require(input.empty(), "need_more means that the input is used up");
    require(decoder.deadline() || decoder.held_bytes() == 0, "a quiet decoder holds no memory");
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSettingsBytes = 3;
  if (size < kSettingsBytes) return 0;
  const Limits limits{.message_bytes_max = std::size_t{data[0]} << 8 | data[1],
                      .empty_fragments_max = 5};
  std::minstd_rand random(data[2]);
  const Bytes bytes(data + kSettingsBytes, data + size);

  Inflate inflate;
  for (Inflate* const agreed : {static_cast<Inflate*>(nullptr), &inflate}) {
    const auto whole = decode_checked({bytes}, limits, agreed);
    require(decode_checked(test::cut_byte_by_byte(bytes), limits, agreed) == whole,
            "bytes one by one");
    const std::size_t piece_bytes_max = 1 + random() % (bytes.size() + 1);
    require(decode_checked(test::cut_at_random(bytes, piece_bytes_max, random), limits, agreed) ==
                whole,
            "bytes in pieces");
  }
  return 0;
}
