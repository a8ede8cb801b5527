// SPDX-License-Identifier: Apache-2.0
// Our reader and writer against msgpack-cxx: what one writes, the other must read as the same
// value.
#include <gtest/gtest.h>

#include <random>
#include <string>

// The reference's own headers are not held to our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <msgpack.hpp>
#pragma GCC diagnostic pop

#include "protocol/msgpack.h"

namespace weft::protocol {
namespace {

constexpr int kSeeds = 2'000;

/// One random value, written by both at the same time from the same draws.
class TwinWriter {
 public:
  explicit TwinWriter(std::uint64_t seed) : random_(seed), theirs_packer_(theirs_) {}

  void write_value(int depth) {
    switch (draw(depth >= 5 ? 8 : 10)) {
      case 0:
        append_nil(ours_);
        theirs_packer_.pack_nil();
        break;
      case 1: {
        const bool value = draw(2) == 1;
        append_bool(ours_, value);
        value ? theirs_packer_.pack_true() : theirs_packer_.pack_false();
        break;
      }
      case 2: {
        const std::uint64_t value = random_() >> draw(64);
        append_uint(ours_, value);
        theirs_packer_.pack_uint64(value);
        break;
      }
      case 3: {
        const auto value = static_cast<std::int64_t>(random_()) >> draw(64);
        append_int(ours_, value);
        theirs_packer_.pack_int64(value);
        break;
      }
      case 4: {
        // Never a whole number: the reference turns those into integers.
        const float value = static_cast<float>(draw(1000)) + 0.5F;
        append_float(ours_, value);
        theirs_packer_.pack_float(value);
        break;
      }
      case 5: {
        const double value = -static_cast<double>(draw(1000)) - 0.3;
        append_double(ours_, value);
        theirs_packer_.pack_double(value);
        break;
      }
      case 6: {
        const std::string value = draw_bytes();
        append_binary(ours_, value);
        theirs_packer_.pack_bin(static_cast<std::uint32_t>(value.size()));
        theirs_packer_.pack_bin_body(value.data(), static_cast<std::uint32_t>(value.size()));
        break;
      }
      case 7:
        write_string();
        break;
      case 8: {
        const std::uint32_t count = draw_count();
        append_array(ours_, count);
        theirs_packer_.pack_array(count);
        for (std::uint32_t i = 0; i < count; ++i) write_value(depth + 1);
        break;
      }
      default: {
        const std::uint32_t count = draw_count();
        append_map(ours_, count);
        theirs_packer_.pack_map(count);
        for (std::uint32_t i = 0; i < count; ++i) {
          write_string();
          write_value(depth + 1);
        }
      }
    }
  }

  [[nodiscard]] const Bytes& ours() const { return ours_; }
  [[nodiscard]] Bytes theirs() const { return {theirs_.data(), theirs_.size()}; }

 private:
  std::uint32_t draw(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  std::uint32_t draw_count() { return draw(8) == 0 ? draw(40) : draw(4); }

  std::string draw_bytes() {
    std::string bytes(draw(10) == 0 ? draw(70'000) : draw(40), '\0');
    for (char& byte : bytes) byte = static_cast<char>(draw(256));
    return bytes;
  }

  void write_string() {
    constexpr std::string_view kPieces[] = {"a", "Z", "ž", "线", "🪢", "\n", "\"", " "};
    std::string value;
    for (std::uint32_t i = draw(20) == 0 ? draw(400) : draw(12); i > 0; --i) {
      value += kPieces[draw(8)];
    }
    append_string(ours_, value);
    theirs_packer_.pack_str(static_cast<std::uint32_t>(value.size()));
    theirs_packer_.pack_str_body(value.data(), static_cast<std::uint32_t>(value.size()));
  }

  std::mt19937_64 random_;
  Bytes ours_;
  msgpack::sbuffer theirs_;
  msgpack::packer<msgpack::sbuffer> theirs_packer_;
};

/// Fails the test unless our reader sees in `reader` what the reference sees in `object`.
void expect_same(MsgpackReader& reader, const msgpack::object& object) {
  switch (object.type) {
    case msgpack::type::NIL:
      ASSERT_TRUE(reader.read_nil());
      break;
    case msgpack::type::BOOLEAN:
      ASSERT_EQ(reader.read_bool().value(), object.via.boolean);
      break;
    case msgpack::type::POSITIVE_INTEGER:
      ASSERT_EQ(reader.read_uint().value(), object.via.u64);
      break;
    case msgpack::type::NEGATIVE_INTEGER:
      ASSERT_EQ(reader.read_int().value(), object.via.i64);
      break;
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      ASSERT_EQ(reader.peek(), ValueKind::floating);
      ASSERT_EQ(reader.read_number().value(), object.via.f64);
      break;
    case msgpack::type::STR:
      ASSERT_EQ(reader.read_string().value(),
                std::string_view(object.via.str.ptr, object.via.str.size));
      break;
    case msgpack::type::BIN:
      ASSERT_EQ(reader.read_binary().value(),
                std::string_view(object.via.bin.ptr, object.via.bin.size));
      break;
    case msgpack::type::ARRAY:
      ASSERT_EQ(reader.read_array().value(), object.via.array.size);
      for (std::uint32_t i = 0; i < object.via.array.size; ++i) {
        ASSERT_NO_FATAL_FAILURE(expect_same(reader, object.via.array.ptr[i]));
      }
      break;
    case msgpack::type::MAP:
      ASSERT_EQ(reader.read_map().value(), object.via.map.size);
      for (std::uint32_t i = 0; i < object.via.map.size; ++i) {
        ASSERT_NO_FATAL_FAILURE(expect_same(reader, object.via.map.ptr[i].key));
        ASSERT_NO_FATAL_FAILURE(expect_same(reader, object.via.map.ptr[i].val));
      }
      break;
    default:
      FAIL() << "The reference met a kind that nobody wrote.";
  }
}

TEST(MsgpackDifferential, WritesWhatTheReferenceWrites) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    TwinWriter twins(static_cast<std::uint64_t>(seed));
    twins.write_value(0);
    ASSERT_EQ(twins.ours(), twins.theirs()) << "seed " << seed;
  }
}

TEST(MsgpackDifferential, TheReferenceReadsWhatWeWrite) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    TwinWriter twins(static_cast<std::uint64_t>(seed));
    twins.write_value(0);
    std::size_t end = 0;
    const msgpack::object_handle handle =
        msgpack::unpack(twins.ours().data(), twins.ours().size(), end);
    ASSERT_EQ(end, twins.ours().size());
    MsgpackReader reader(twins.ours());
    ASSERT_NO_FATAL_FAILURE(expect_same(reader, handle.get()));
  }
}

TEST(MsgpackDifferential, WeReadWhatTheReferenceWrites) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    TwinWriter twins(static_cast<std::uint64_t>(seed));
    twins.write_value(0);
    const Bytes bytes = twins.theirs();
    MsgpackReader whole(bytes);
    ASSERT_EQ(whole.read_value().value().size(), bytes.size());
    const msgpack::object_handle handle = msgpack::unpack(bytes.data(), bytes.size());
    MsgpackReader reader(bytes);
    ASSERT_NO_FATAL_FAILURE(expect_same(reader, handle.get()));
    ASSERT_TRUE(reader.at_end());
  }
}

// The reference accepts more than we do (any map key, any bytes in a string), but what it refuses
// as cut short or unknown, we refuse too, and what we accept, it accepts.
TEST(MsgpackDifferential, P5NothingIsAcceptedThatTheReferenceRefuses) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    TwinWriter twins(static_cast<std::uint64_t>(round % 300));
    twins.write_value(3);
    Bytes bytes = twins.ours();
    if (bytes.size() > 2'000) continue;
    for (std::uint64_t changes = random() % 4; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    bytes.resize(bytes.size() - random() % 2);
    MsgpackReader reader(bytes);
    const auto ours = reader.read_value();
    if (!ours) continue;
    std::size_t end = 0;
    const msgpack::unpack_limit limit(100'000, 100'000, 100'000, 100'000, 100'000, 64);
    const msgpack::object_handle handle =
        msgpack::unpack(bytes.data(), bytes.size(), end, nullptr, nullptr, limit);
    ASSERT_EQ(end, ours->size()) << "round " << round;
  }
}

}  // namespace
}  // namespace weft::protocol
