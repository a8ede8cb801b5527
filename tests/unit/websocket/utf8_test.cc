// SPDX-License-Identifier: Apache-2.0
#include "websocket/utf8.h"

#include "support/split.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::websocket {
namespace {

/// RFC 3629 by the book: gather the bits, then judge the number.
bool is_valid_by_the_book(ByteView text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    std::size_t more = 0;
    std::uint32_t code_point = 0;
    std::uint32_t smallest = 0;
    if (lead < 0x80) {
      continue;
    } else if ((lead & 0xe0) == 0xc0) {
      more = 1, code_point = lead & 0x1f, smallest = 0x80;
    } else if ((lead & 0xf0) == 0xe0) {
      more = 2, code_point = lead & 0x0f, smallest = 0x800;
    } else if ((lead & 0xf8) == 0xf0) {
      more = 3, code_point = lead & 0x07, smallest = 0x10000;
    } else {
      return false;
    }
    for (; more > 0; --more, ++at) {
      if (at == text.size()) return false;
      const auto byte = static_cast<unsigned char>(text[at]);
      if ((byte & 0xc0) != 0x80) return false;
      code_point = code_point << 6 | (byte & 0x3f);
    }
    const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    if (code_point < smallest || code_point > 0x10ffff || is_surrogate) return false;
  }
  return true;
}

TEST(Utf8, W16TakesEveryLengthOfCharacter) {
  for (const std::string text : {"", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
                                 "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
                                 "\xf4\x8f\xbf\xbf", "eight by\xc3\xa4tes and more \xe2\x82\xac"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << testing::PrintToString(text);
  }
  EXPECT_TRUE(is_valid_utf8(ByteView("\0", 1)));
}

TEST(Utf8, W16RefusesWhatIsNotUtf8) {
  for (const std::string text : {
           "\x80",                  // a continuation first
           "\xbf",                  //
           "\xc0\x80",              // overlong
           "\xc1\xbf",              //
           "\xe0\x80\x80",          //
           "\xe0\x9f\xbf",          //
           "\xf0\x80\x80\x80",      //
           "\xf0\x8f\xbf\xbf",      //
           "\xed\xa0\x80",          // surrogates
           "\xed\xbf\xbf",          //
           "\xf4\x90\x80\x80",      // past U+10FFFF
           "\xf5\x80\x80\x80",      //
           "\xf8\x88\x80\x80\x80",  // five bytes
           "\xfe",
           "\xff",  // never a byte of UTF-8
           "\xc3",  // cut short
           "\xe2\x82",
           "\xf0\x9f\x98",  //
           "\xc3(",
           "\xe2\x82(",                 // no continuation where one must be
           "plain text and then \xff",  //
       }) {
    EXPECT_FALSE(is_valid_utf8(text)) << testing::PrintToString(text);
  }
}

// All of two bytes and, where a longer character may begin, all edges of the third and fourth.
TEST(Utf8, W16AgreesWithTheBookOnAllShortTexts) {
  const std::vector<unsigned> edges = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
  std::string text;
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      text.assign({static_cast<char>(first), static_cast<char>(second)});
      EXPECT_EQ(is_valid_utf8(text), is_valid_by_the_book(text)) << testing::PrintToString(text);
      if (first < 0xe0) continue;
      for (const unsigned third : edges) {
        for (const unsigned fourth : edges) {
          text.resize(2);
          text += static_cast<char>(third);
          text += static_cast<char>(fourth);
          ASSERT_EQ(is_valid_utf8(text), is_valid_by_the_book(text))
              << testing::PrintToString(text);
        }
      }
    }
  }
}

TEST(Utf8, W17ACharacterMayBeCutByAPiece) {
  const Bytes text = "a\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 and a plain end";
  test::for_each_cut(text, 3, [&](const std::string& how, const test::Pieces& pieces) {
    Utf8Checker checker;
    for (const Bytes& piece : pieces) EXPECT_TRUE(checker.feed(piece)) << how;
    EXPECT_TRUE(checker.is_at_boundary()) << how;
  });
}

TEST(Utf8, W16SaysNoAtTheFirstWrongByte) {
  Utf8Checker checker;
  EXPECT_TRUE(checker.feed("\xe0"));
  EXPECT_FALSE(checker.is_at_boundary());
  EXPECT_FALSE(checker.feed("\x80"));
}

}  // namespace
}  // namespace weft::websocket
