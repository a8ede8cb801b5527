// SPDX-License-Identifier: Apache-2.0
#include "concept/property_map.h"

#include "unit/concept/canvas.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace weft::concept_sync {
namespace {

using protocol::Property;

constexpr ByteView kNil = "\xc0";
constexpr ByteView kOne = "\x01";
constexpr ByteView kText =
    "\xa3"
    "abc";

PropertyMap map_of(const std::vector<Property>& properties) {
  return PropertyMap().with(properties);
}

Bytes encoded(const PropertyMap& map) {
  Bytes out;
  map.append_to(out);
  return out;
}

TEST(PropertyMap, EmptyIsAnEmptyMap) {
  const PropertyMap map;
  EXPECT_EQ(encoded(map), "\x80");
  EXPECT_EQ(map.encoded_bytes(), 1U);
  EXPECT_FALSE(map.find("a"));
}

TEST(PropertyMap, InsertsReplacesAndRemoves) {
  const PropertyMap map = map_of({{"b", kOne}, {"d", kText}});
  const PropertyMap after = map.with(
      std::vector<Property>{{"a", kOne}, {"b", kNil}, {"c", kText}, {"d", kOne}, {"e", kNil}});
  EXPECT_EQ(encoded(after),
            "\x83\xa1"
            "a\x01\xa1"
            "c\xa3"
            "abc\xa1"
            "d\x01");
  EXPECT_EQ(after.find("c"), kText);
  EXPECT_FALSE(after.find("b"));
  EXPECT_EQ(encoded(map),
            "\x82\xa1"
            "b\x01\xa1"
            "d\xa3"
            "abc")
      << "the old map stays as it was";
}

TEST(PropertyMap, ComparesKeysAsBytes) {
  // Longer after its prefix, and no byte is negative.
  EXPECT_EQ(encoded(map_of({{"a", kOne}})
                        .with(std::vector<Property>{{"é", kOne}})
                        .with(std::vector<Property>{{"aa", kOne}})),
            "\x83\xa1"
            "a\x01\xa2"
            "aa\x01\xa2é\x01");
}

TEST(PropertyMap, KnowsItsEncodedSize) {
  const Bytes long_key(64, 'k');
  const Bytes long_text = to_raw(std::string(70'000, 't'));
  for (const std::size_t count : {1U, 15U, 16U, 65'535U, 65'536U}) {
    std::vector<Bytes> keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back(std::to_string(1'000'000 + i));
    std::vector<Property> properties;
    for (const Bytes& key : keys) properties.push_back({key, kOne});
    properties.push_back({long_key, long_text});
    const PropertyMap map = map_of(properties);
    EXPECT_EQ(map.encoded_bytes(), encoded(map).size());
    EXPECT_EQ(map.count(), count + 1);
  }
}

TEST(PropertyMap, AgreesWithAnOrdinaryMap) {
  std::minstd_rand random(1);
  PropertyMap map;
  std::map<Bytes, Bytes> plain;
  for (int round = 0; round < 2'000; ++round) {
    std::map<Bytes, Bytes> changes;
    for (auto count = random() % 4; count > 0; --count) {
      Bytes& value = changes[Bytes(1 + random() % 2, static_cast<char>('a' + random() % 10))];
      value = random() % 3 == 0 ? Bytes(kNil) : to_raw(std::string(random() % 40, 'v'));
    }
    std::vector<Property> list;
    for (const auto& [key, value] : changes) {
      list.push_back({key, value});
      if (value == kNil) {
        plain.erase(key);
      } else {
        plain[key] = value;
      }
    }
    map = map.with(list);
    Bytes expected;
    protocol::append_map(expected, static_cast<std::uint32_t>(plain.size()));
    for (const auto& [key, value] : plain) {
      protocol::append_string(expected, key);
      expected += value;
    }
    ASSERT_EQ(encoded(map), expected);
    ASSERT_EQ(map.encoded_bytes(), expected.size());
  }
}

}  // namespace
}  // namespace weft::concept_sync
