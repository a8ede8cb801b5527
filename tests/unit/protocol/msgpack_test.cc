// SPDX-License-Identifier: Apache-2.0
#include "protocol/msgpack.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>

namespace weft::protocol {
namespace {

using namespace std::string_literals;

Bytes nested_arrays(int depth) {
  Bytes bytes(static_cast<std::size_t>(depth), '\x91');
  bytes.back() = '\x90';
  return bytes;
}

Bytes nested_maps(int depth) {
  Bytes bytes;
  for (int i = 1; i < depth; ++i) bytes += "\x81\xa1k"s;
  return bytes + "\x80"s;
}

/// Hands the reader a copy of exact size, so that a sanitizer sees the first byte read past the
/// end.
Result<ByteView, DecodeError> read_exact(const Bytes& bytes, int depth_max = kDepthMax) {
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  bytes.copy(copy.get(), bytes.size());
  MsgpackReader reader({copy.get(), bytes.size()});
  const auto value = reader.read_value(depth_max);
  if (!value) {
    EXPECT_EQ(reader.offset(), 0U);
    EXPECT_LE(value.error().offset, bytes.size());
    EXPECT_FALSE(value.error().what.empty());
    return value;
  }
  EXPECT_EQ(reader.offset(), value->size());
  return ByteView(bytes).substr(0, value->size());
}

TEST(MsgpackWriter, P8WritesTheShortestForm) {
  const auto uint_bytes = [](std::uint64_t value) {
    Bytes out;
    append_uint(out, value);
    return out;
  };
  const auto int_bytes = [](std::int64_t value) {
    Bytes out;
    append_int(out, value);
    return out;
  };
  EXPECT_EQ(uint_bytes(0), "\x00"s);
  EXPECT_EQ(uint_bytes(127), "\x7f"s);
  EXPECT_EQ(uint_bytes(128), "\xcc\x80"s);
  EXPECT_EQ(uint_bytes(256), "\xcd\x01\x00"s);
  EXPECT_EQ(uint_bytes(65536), "\xce\x00\x01\x00\x00"s);
  EXPECT_EQ(uint_bytes(1ULL << 32), "\xcf\x00\x00\x00\x01\x00\x00\x00\x00"s);
  EXPECT_EQ(int_bytes(5), "\x05"s);
  EXPECT_EQ(int_bytes(-1), "\xff"s);
  EXPECT_EQ(int_bytes(-32), "\xe0"s);
  EXPECT_EQ(int_bytes(-33), "\xd0\xdf"s);
  EXPECT_EQ(int_bytes(-129), "\xd1\xff\x7f"s);
  EXPECT_EQ(int_bytes(-32769), "\xd2\xff\xff\x7f\xff"s);
  EXPECT_EQ(int_bytes(std::numeric_limits<std::int64_t>::min()),
            "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s);
}

TEST(MsgpackWriter, WidensHeadersAtTheirBounds) {
  for (const std::size_t size : {0UL, 31UL, 32UL, 255UL, 256UL, 65535UL, 65536UL}) {
    const Bytes text(size, 'x');
    Bytes out;
    append_string(out, text);
    append_binary(out, text);
    MsgpackReader reader(out);
    EXPECT_EQ(reader.read_string().value(), text);
    EXPECT_EQ(reader.read_binary().value(), text);
    EXPECT_TRUE(reader.at_end());
  }
  for (const std::uint32_t count : {0U, 15U, 16U, 65535U, 65536U}) {
    Bytes out;
    append_array(out, count);
    out.append(count, '\xc0');
    MsgpackReader reader(out);
    EXPECT_EQ(reader.read_value().value(), out);
    out.clear();
    append_map(out, count);
    for (std::uint32_t i = 0; i < count; ++i) out += "\xa0\xc0"s;
    reader = MsgpackReader(out);
    EXPECT_EQ(reader.read_map().value(), count);
  }
}

TEST(MsgpackReader, ReadsEachKindOfItem) {
  Bytes out;
  append_nil(out);
  append_bool(out, true);
  append_bool(out, false);
  append_uint(out, std::numeric_limits<std::uint64_t>::max());
  append_int(out, std::numeric_limits<std::int64_t>::min());
  append_float(out, 0.25F);
  append_double(out, 0.1);
  append_int(out, -7);
  append_uint(out, 7);
  append_string(out, "线");
  MsgpackReader reader(out);
  EXPECT_EQ(reader.peek(), ValueKind::nil);
  EXPECT_TRUE(reader.read_nil());
  EXPECT_EQ(reader.peek(), ValueKind::boolean);
  EXPECT_TRUE(reader.read_bool().value());
  EXPECT_FALSE(reader.read_bool().value());
  EXPECT_EQ(reader.peek(), ValueKind::integer);
  EXPECT_FALSE(reader.read_int());  // over the range with a sign; the reader stays
  EXPECT_EQ(reader.read_uint().value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(reader.read_uint());
  EXPECT_EQ(reader.read_int().value(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.peek(), ValueKind::floating);
  EXPECT_EQ(reader.read_number().value(), 0.25);
  EXPECT_EQ(reader.read_number().value(), 0.1);
  EXPECT_EQ(reader.read_number().value(), -7.0);
  EXPECT_EQ(reader.read_int().value(), 7);
  EXPECT_EQ(reader.peek(), ValueKind::string);
  EXPECT_EQ(reader.read_string().value(), "线");
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.peek(), std::nullopt);
}

TEST(MsgpackReader, StaysBeforeAnItemOfAnotherKind) {
  const Bytes bytes = "\xa1x"s;
  MsgpackReader reader(bytes);
  EXPECT_FALSE(reader.read_nil());
  EXPECT_FALSE(reader.read_bool());
  EXPECT_FALSE(reader.read_uint());
  EXPECT_FALSE(reader.read_int());
  EXPECT_FALSE(reader.read_number());
  EXPECT_FALSE(reader.read_binary());
  EXPECT_FALSE(reader.read_array());
  EXPECT_FALSE(reader.read_map());
  EXPECT_EQ(reader.offset(), 0U);
  EXPECT_EQ(reader.read_string().value(), "x");
}

TEST(MsgpackReader, P5RefusesClaimsLargerThanTheBytes) {
  for (const Bytes& bytes :
       {"\xa2x"s, "\xd9\x02x"s, "\xda\xff\xffx"s, "\xdb\xff\xff\xff\xffx"s, "\xc4\x02x"s,
        "\xc5\xff\xffx"s, "\xc6\xff\xff\xff\xffx"s, "\x92\xc0"s, "\xdc\xff\xff\xc0"s,
        "\xdd\xff\xff\xff\xff\xc0"s, "\x81\xc0"s, "\xde\xff\xff\xa0\xc0"s,
        "\xdf\xff\xff\xff\xff\xa0\xc0"s, "\xdf\x80\x00\x00\x00\xa0\xc0"s}) {
    EXPECT_FALSE(read_exact(bytes)) << testing::PrintToString(bytes);
    MsgpackReader reader(bytes);
    EXPECT_FALSE(reader.read_string());
    EXPECT_FALSE(reader.read_binary());
    EXPECT_FALSE(reader.read_array());
    EXPECT_FALSE(reader.read_map());
    EXPECT_EQ(reader.offset(), 0U);
  }
}

TEST(MsgpackReader, P5RefusesBytesThatEndInsideANumber) {
  struct Number {
    char first;
    std::size_t width;
  };
  for (const Number number : {Number{'\xca', 4},
                              {'\xcb', 8},
                              {'\xcc', 1},
                              {'\xcd', 2},
                              {'\xce', 4},
                              {'\xcf', 8},
                              {'\xd0', 1},
                              {'\xd1', 2},
                              {'\xd2', 4},
                              {'\xd3', 8}}) {
    const Bytes whole = Bytes(1, number.first) + Bytes(number.width, '\x01');
    EXPECT_TRUE(read_exact(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(read_exact(whole.substr(0, size)));
    }
  }
}

TEST(MsgpackReader, P8RefusesExtensionTypesWithASentence) {
  for (const char first : "\xc7\xc8\xc9\xd4\xd5\xd6\xd7\xd8"s) {
    const Bytes bytes = Bytes(1, first) + Bytes(32, '\0');
    const auto value = read_exact(bytes);
    ASSERT_FALSE(value);
    EXPECT_NE(value.error().what.find("Extension"), std::string_view::npos);
    EXPECT_EQ(MsgpackReader(bytes).peek(), std::nullopt);
  }
  EXPECT_FALSE(read_exact("\xc1"s));
  EXPECT_EQ(MsgpackReader("\xc1"s).peek(), std::nullopt);
}

TEST(MsgpackReader, P5AcceptsDepth16AndRefuses17) {
  EXPECT_TRUE(read_exact(nested_arrays(16)));
  EXPECT_FALSE(read_exact(nested_arrays(17)));
  EXPECT_TRUE(read_exact(nested_maps(16)));
  EXPECT_FALSE(read_exact(nested_maps(17)));
  EXPECT_TRUE(read_exact(nested_arrays(3), 3));
  EXPECT_FALSE(read_exact(nested_arrays(4), 3));
  EXPECT_TRUE(read_exact("\x01"s, 0));
  EXPECT_FALSE(read_exact("\x90"s, 0));
  // A caller cannot ask for more than the bound.
  EXPECT_FALSE(read_exact(nested_arrays(17), 1000));
}

TEST(MsgpackReader, P5ManyShallowSiblingsAreNotDeep) {
  Bytes bytes;
  append_array(bytes, 1000);
  for (int i = 0; i < 1000; ++i) bytes += i % 2 == 0 ? nested_arrays(15) : nested_maps(15);
  EXPECT_TRUE(read_exact(bytes));
}

TEST(MsgpackReader, P8RefusesStringsThatAreNotUtf8) {
  EXPECT_FALSE(read_exact("\xa1\xff"s));
  EXPECT_FALSE(read_exact("\xa2\xc0\x80"s));      // overlong
  EXPECT_FALSE(read_exact("\xa3\xed\xa0\x80"s));  // a surrogate
  EXPECT_FALSE(read_exact("\x81\xa1\xff\xc0"s));  // in a key
  EXPECT_TRUE(read_exact("\xc4\x01\xff"s));       // binary may hold anything
  EXPECT_FALSE(MsgpackReader("\xa1\xff"s).read_string());
}

TEST(MsgpackReader, P8RefusesMapKeysThatAreNotStrings) {
  EXPECT_FALSE(read_exact("\x81\x01\x02"s));
  EXPECT_FALSE(read_exact("\x82\xa1k\x01\xc0\x02"s));
  EXPECT_FALSE(read_exact("\x81\x90\x02"s));
  EXPECT_TRUE(read_exact("\x82\xa1k\x01\xa1l\x02"s));
}

TEST(MsgpackReader, ReadValueHandsOutExactlyOneValue) {
  const Bytes first = "\x93\x01\x82\xa1k\x90\xa1l\x81\xa1m\xc0\xa2xy"s;
  const Bytes both = first + "\xc3"s;
  MsgpackReader reader(both);
  EXPECT_EQ(reader.read_value().value(), first);
  EXPECT_TRUE(reader.read_bool().value());
  EXPECT_TRUE(reader.at_end());
}

TEST(MsgpackReader, P5RefusesEveryTruncation) {
  const Bytes whole =
      "\x93\x01\x82\xa1k\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\xa1l\x81\xa1m\xc4\x02zz\xa2xy"s;
  ASSERT_TRUE(read_exact(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_exact(whole.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace weft::protocol
