// SPDX-License-Identifier: Apache-2.0
#include "websocket/utf8.h"

#include <cstddef>
#include <cstring>

namespace weft::websocket {
namespace {

/// The first byte from `at` on that is not ASCII, or `end`.
const char* skip_ascii(const char* at, const char* end) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += sizeof word;
  }
  while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

/// What has to follow a lead byte.
struct Continuation {
  // Zero marks a byte that cannot lead.
  std::uint8_t bytes = 0;
  // The range of the first byte that follows.
  std::uint8_t min = 0x80;
  std::uint8_t max = 0xbf;
};

// RFC 3629 section 4. C0 and C1 would be overlong, F5 and above would pass U+10FFFF.
Continuation continuation_of(std::uint8_t lead) {
  if (lead < 0xc2 || lead > 0xf4) return {};
  if (lead < 0xe0) return {.bytes = 1};
  if (lead == 0xe0) return {.bytes = 2, .min = 0xa0};  // below: overlong
  if (lead == 0xed) return {.bytes = 2, .max = 0x9f};  // above: surrogates
  if (lead < 0xf0) return {.bytes = 2};
  if (lead == 0xf0) return {.bytes = 3, .min = 0x90};  // below: overlong
  if (lead == 0xf4) return {.bytes = 3, .max = 0x8f};  // above: past U+10FFFF
  return {.bytes = 3};
}

}  // namespace

bool Utf8Checker::feed(ByteView piece) {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  while (at != end) {
    if (missing_bytes_ == 0) {
      at = skip_ascii(at, end);
      if (at == end) break;
      const Continuation continuation = continuation_of(static_cast<std::uint8_t>(*at++));
      if (continuation.bytes == 0) return false;
      missing_bytes_ = continuation.bytes;
      next_min_ = continuation.min;
      next_max_ = continuation.max;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(*at++);
    if (byte < next_min_ || byte > next_max_) return false;
    --missing_bytes_;
    next_min_ = 0x80;
    next_max_ = 0xbf;
  }
  return true;
}

bool is_valid_utf8(ByteView text) {
  Utf8Checker checker;
  return checker.feed(text) && checker.is_at_boundary();
}

}  // namespace weft::websocket
