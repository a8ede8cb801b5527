// SPDX-License-Identifier: Apache-2.0
#include "presence/presence_map.h"

#include "unit/presence/presence_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::presence {
namespace {

Bytes merged(const Json& before, const Json& patch) {
  const Bytes before_raw = to_raw(before);
  const Bytes patch_raw = to_raw(patch);
  auto entries = read_entries(before_raw);
  merge_patch(*entries, *read_entries(patch_raw));
  return encode_entries(*entries);
}

TEST(PresenceMap, R3ReplacesValuesWholeAndRemovesByNil) {
  const Bytes raw =
      merged({{"a", {{"x", 1}}}, {"b", 2}, {"c", 3}}, {{"a", {{"y", 2}}}, {"b", nullptr}});
  EXPECT_EQ(from_raw(raw), Json({{"a", {{"y", 2}}}, {"c", 3}}));
}

TEST(PresenceMap, R17WritesKeysInByteOrder) {
  const Bytes unordered =
      "\x83\xa1z\x01\xa1"
      "a\x02\xa2"
      "aa\x03";
  EXPECT_EQ(encode_entries(*read_entries(unordered)),
            "\x83\xa1"
            "a\x02\xa2"
            "aa\x03\xa1z\x01");
}

TEST(PresenceMap, LastOfTwoEqualKeysCounts) {
  EXPECT_EQ(encode_entries(*read_entries("\x82\xa1k\x01\xa1k\x02")), "\x81\xa1k\x02");
}

TEST(PresenceMap, EmptyBytesAreAnEmptyMap) {
  EXPECT_EQ(encode_entries(*read_entries("")), "\x80");
}

TEST(PresenceMap, RefusesWhatIsNotOneMapWithStringKeys) {
  using std::string_literals::operator""s;
  for (const Bytes& raw :
       {"\x90"s, "\xc0"s, "\x81\xa1k"s, "\x81\x01\x02"s, "\x80\x80"s, "\x81"s, "\xdf"s}) {
    EXPECT_FALSE(read_entries(raw)) << testing::PrintToString(raw);
  }
}

TEST(PresenceMap, PatchBetweenTurnsOneMapIntoTheOther) {
  const Bytes before = to_raw({{"gone", 1}, {"kept", 2}, {"changed", 3}});
  const Bytes after = to_raw({{"kept", 2}, {"changed", 4}, {"added", 5}});
  const Bytes patch = encode_entries(patch_between(*read_entries(before), *read_entries(after)));
  EXPECT_EQ(from_raw(patch), Json({{"gone", nullptr}, {"changed", 4}, {"added", 5}}));
}

}  // namespace
}  // namespace weft::presence
