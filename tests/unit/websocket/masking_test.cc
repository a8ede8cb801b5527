// SPDX-License-Identifier: Apache-2.0
#include "websocket/masking.h"

#include "support/split.h"
#include "util/bytes.h"

#include <gtest/gtest.h>

#include <random>
#include <span>

namespace weft::websocket {
namespace {

constexpr MaskKey kKey = {'\x01', '\x7f', '\x80', '\xff'};

Bytes mask_slowly(Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ kKey[i % kKey.size()]);
  }
  return bytes;
}

TEST(Masking, IsTheSameForEveryLengthAndAlignment) {
  std::mt19937 random(1);
  Bytes plain;
  for (int i = 0; i < 80; ++i) plain.push_back(static_cast<char>(random()));
  for (std::size_t offset = 0; offset < 8; ++offset) {
    for (std::size_t length = 0; length + offset <= plain.size(); ++length) {
      Bytes bytes = plain;
      MaskKey key = kKey;
      apply_mask(std::span(bytes).subspan(offset, length), key);
      EXPECT_EQ(bytes, plain.substr(0, offset) + mask_slowly(plain.substr(offset, length)) +
                           plain.substr(offset + length));
    }
  }
}

TEST(Masking, GoesOnWhereThePieceBeforeEnded) {
  const Bytes plain = "A text that is longer than two words of eight bytes each.";
  test::for_each_cut(plain, 2, [&](const std::string& how, test::Pieces pieces) {
    MaskKey key = kKey;
    Bytes masked;
    for (Bytes& piece : pieces) {
      apply_mask(piece, key);
      masked += piece;
    }
    EXPECT_EQ(masked, mask_slowly(plain)) << how;
  });
}

}  // namespace
}  // namespace weft::websocket
