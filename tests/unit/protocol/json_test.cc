// SPDX-License-Identifier: Apache-2.0
#include "protocol/json.h"

#include "json_values.h"
#include "protocol/base64.h"
#include "protocol/msgpack.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace weft::protocol {
namespace {

using namespace std::string_literals;

std::string round_trip(std::string_view json) {
  return json_of_value(value_of_json(json));
}

bool is_refused(std::string_view text) {
  Bytes out = "kept";
  const auto result = json_to_messages(text, out);
  if (result) return false;
  EXPECT_FALSE(result.error().what.empty());
  EXPECT_EQ(out, "kept") << "A refused text leaves nothing behind.";
  return true;
}

TEST(Json, ValuesComeBackAsTheyWere) {
  for (const std::string_view json :
       {"null", "true", "false", "0", "-1", "18446744073709551615", "-9223372036854775808",
        "9007199254740993", "0.1", "-0.0", "-2.5e-07", "1e+300", R"("")", R"("žluť 線 🪢")",
        R"("\"\\\n\r\t\u0000\u001f/")", "[]", "{}", R"([1,[2,{"a":[]}],{"b":{"c":null}}])",
        R"({"":1,"two words":2})"}) {
    EXPECT_EQ(round_trip(json), json);
  }
}

TEST(Json, P9NumbersTakeTheirShortestForm) {
  EXPECT_EQ(round_trip("512.0"), "512");
  EXPECT_EQ(round_trip("1E2"), "100");
  Bytes tenth;
  append_float(tenth, 0.1F);
  EXPECT_EQ(json_of_value(tenth), "0.1");
  Bytes whole;
  append_float(whole, 512);
  EXPECT_EQ(json_of_value(whole), "512");
  Bytes infinite;
  append_double(infinite, std::numeric_limits<double>::infinity());
  EXPECT_EQ(json_of_value(infinite), "null");
}

TEST(Json, P9DoublesSurviveExactly) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    Bytes bytes;
    append_double(bytes, value);
    const Bytes back = value_of_json(json_of_value(bytes));
    EXPECT_EQ(MsgpackReader(back).read_number().value(), value);
  }
}

TEST(Json, P9IntegersBeyond64BitsAreRefused) {
  EXPECT_TRUE(is_refused("[[7,18446744073709551616]]"));
  EXPECT_TRUE(is_refused("[[7,-9223372036854775809]]"));
  EXPECT_FALSE(is_refused("[[7,18446744073709551615]]"));
  EXPECT_TRUE(is_refused("[[1,1e999,0]]"));
}

TEST(Json, P3ATextFrameIsAnArrayOfMessages) {
  Bytes out;
  ASSERT_TRUE(json_to_messages("[[7,1],[1,null]]", out));
  EXPECT_EQ(out, "\x92\x07\x01\x92\x01\xc0"s);
  out.clear();
  ASSERT_TRUE(json_to_messages(" [ ] ", out));
  EXPECT_EQ(out, "");
  Bytes text;
  append_messages_as_json(text, "\x92\x07\x01\x92\x01\xc0"s);
  EXPECT_EQ(text, "[[7,1],[1,null]]");
  text.clear();
  append_messages_as_json(text, "");
  EXPECT_EQ(text, "[]");
  for (const std::string_view wrong : {"", " ", "5", "null", R"("x")", "{}", R"({"a":[]})"}) {
    EXPECT_TRUE(is_refused(wrong)) << wrong;
  }
}

TEST(Json, P5RefusesWhatIsNotJson) {
  for (const std::string_view wrong :
       {"[", "[[7,1]", "[[7,1]]]", "[[7,1],]", "[[7 1]]", "[[7,01]]", "[[7,+1]]", "[[7,NaN]]",
        "[[7,1]] [[7,2]]", "[[7,1]]x", "[/**/]", "[['a']]", R"([["\x"]])", R"([["\ud800"]])",
        "[[\"a\nb\"]]", R"([{"a"}])", R"([{1:2}])"}) {
    EXPECT_TRUE(is_refused(wrong)) << wrong;
  }
  EXPECT_TRUE(is_refused("[[\"\xff\"]]"));
  EXPECT_TRUE(is_refused("[[7,1]]\0[[7,2]]"s));
  EXPECT_TRUE(is_refused("[[7,1]]\0"s));
}

TEST(Json, P5Depth16IsAcceptedAnd17Refused) {
  const auto nested = [](std::size_t depth, std::string_view open, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return "[" + text + "]";
  };
  EXPECT_FALSE(is_refused(nested(16, "[", "]")));
  EXPECT_TRUE(is_refused(nested(17, "[", "]")));
  EXPECT_FALSE(is_refused(nested(16, R"({"a":)", "}")));
  EXPECT_TRUE(is_refused(nested(17, R"({"a":)", "}")));
  EXPECT_TRUE(is_refused(std::string(1'000'000, '[')));
}

TEST(Json, HeadersAreWidenedForManyElements) {
  for (const std::size_t count : {0UL, 1UL, 15UL, 16UL, 300UL, 70'000UL}) {
    std::string array = "[";
    std::string map = "{";
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) {
        array += ",";
        map += ",";
      }
      array += std::to_string(i);
      map += "\"" + std::to_string(i) + "\":[" + std::to_string(i) + "]";
    }
    array += "]";
    map += "}";
    EXPECT_EQ(round_trip(array), array);
    EXPECT_EQ(round_trip(map), map);
    const Bytes value = value_of_json(array);
    EXPECT_EQ(MsgpackReader(value).read_array().value(), count);
  }
}

TEST(Json, P6BinaryBecomesBase64) {
  Bytes value;
  append_binary(value, "\x00\xff\x10"s);
  EXPECT_EQ(json_of_value(value), R"("AP8Q")");
}

TEST(Json, StaysJsonWhenTheBytesAreNotValid) {
  for (const Bytes& bytes : {"\x93\x01"s, "\xc1"s, "\x82\xa1k\x01\x05\x05"s, "\xa5x"s, ""s,
                             Bytes(40, '\x91') + "\x90"s}) {
    EXPECT_FALSE(json_of_value(bytes).empty());
    EXPECT_FALSE(is_refused("[" + json_of_value(bytes) + "]")) << json_of_value(bytes);
  }
}

TEST(Base64, KnowsTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"},
                                                                   {"\xfb\xff", "+/8="}};
  for (const auto& [bytes, text] : vectors) {
    Bytes out;
    append_base64(out, bytes);
    EXPECT_EQ(out, text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, RefusesEveryOtherSpelling) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=m9v",
                                      "Zm=v", "Zm9v\n", "Zm9-", "Zm 9", "Zg==Zg=="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace weft::protocol
