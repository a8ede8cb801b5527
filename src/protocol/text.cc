// SPDX-License-Identifier: Apache-2.0
#include "protocol/text.h"

#include "protocol/limits.h"

namespace weft::protocol {

namespace {

/// U+0000–U+001F, U+007F and U+0080–U+009F; the last are two bytes, 0xc2 and the number itself.
bool has_control_character(std::string_view utf8) {
  unsigned char before = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (before == 0xc2 && byte < 0xa0) return true;
    before = byte;
  }
  return false;
}

}  // namespace

std::size_t count_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) {
    const bool is_continuation = (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
    if (!is_continuation) ++count;
  }
  return count;
}

bool is_valid_id(std::string_view utf8) {
  // A character has four bytes at most, so most strings need no counting.
  if (utf8.empty() || utf8.size() > kIdCharsMax * 4) return false;
  if (utf8.size() > kIdCharsMax && count_characters(utf8) > kIdCharsMax) return false;
  return !has_control_character(utf8);
}

}  // namespace weft::protocol
