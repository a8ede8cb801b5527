// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstdint>

namespace weft::websocket {

/// Checks a text that arrives in pieces (RFC 3629: no surrogates, no overlong forms, nothing above
/// U+10FFFF). Keeps a few bytes of state and no text.
class Utf8Checker {
 public:
  /// Takes the next piece; false at the first byte that no continuation could make right. After
  /// that the checker is of no more use.
  [[nodiscard]] bool feed(ByteView piece);

  /// Whether what has been fed so far ends with a whole character.
  [[nodiscard]] bool is_at_boundary() const { return missing_bytes_ == 0; }

 private:
  // Bytes that the character under way still needs, and what the next of them may be. Only the
  // byte after the lead byte ever has a range narrower than 80–BF.
  std::uint8_t missing_bytes_ = 0;
  std::uint8_t next_min_ = 0;
  std::uint8_t next_max_ = 0;
};

[[nodiscard]] bool is_valid_utf8(ByteView text);

}  // namespace weft::websocket
