// SPDX-License-Identifier: Apache-2.0
// Whatever a client offers and compresses: an answer of ours or none, a message within the limit or
// a refusal, and what we compress is read back.
// An input is: two bytes of message limit, then any bytes, taken for each of the three in turn.
#include "websocket/deflate.h"
#include "websocket/permessage_deflate.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace weft;
using namespace weft::websocket;

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", rule);
  std::abort();
}

void check_offer(ByteView header_value) {
  const auto answer = accept_permessage_deflate(header_value);
  if (!answer) return;
  const Bytes without_window =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  require(*answer == without_window || *answer == without_window + "; server_max_window_bits=15",
          "an answer is one of two");
}

void check_inflate(Inflate& inflate, ByteView compressed, std::size_t bytes_max) {
  const auto message = inflate.expand(compressed, bytes_max);
  require(!message || message->size() <= bytes_max, "a message is within the limit");
}

void check_round_trip(Inflate& inflate, ByteView message) {
  Deflate deflate;
  const auto compressed = deflate.compress(message);
  if (!compressed) return;
  require(compressed->size() < message.size(), "a compressed form is smaller");
  require(inflate.expand(*compressed, message.size()).value_or("lost") == message,
          "what is compressed is read back");
  if (message.empty()) return;
  const auto shortened = inflate.expand(*compressed, message.size() - 1);
  require(!shortened && shortened.error() == InflateFault::too_large, "the limit is kept");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSettingsBytes = 2;
  if (size < kSettingsBytes) return 0;
  const std::size_t bytes_max = std::size_t{data[0]} << 8 | data[1];
  const Bytes bytes(data + kSettingsBytes, data + size);

  check_offer(bytes);
  Inflate inflate;
  check_inflate(inflate, bytes, bytes_max);
  check_round_trip(inflate, bytes);
  return 0;
}
