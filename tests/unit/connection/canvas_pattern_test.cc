// SPDX-License-Identifier: Apache-2.0
#include "connection/canvas_pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>
#include <vector>

namespace weft::connection {
namespace {

TEST(Role, A20EachRoleIsMoreThanTheOnesBefore) {
  EXPECT_LT(Role::view, Role::present);
  EXPECT_LT(Role::present, Role::edit);
  EXPECT_LT(Role::edit, Role::admin);
}

TEST(Role, A20NamesAreReadBackExactly) {
  for (const Role role : {Role::view, Role::present, Role::edit, Role::admin}) {
    EXPECT_EQ(parse_role(name_of(role)), role);
  }
  for (const ByteView name : {"", "Edit", "editor", "edi", "edit ", "owner"}) {
    EXPECT_EQ(parse_role(name), std::nullopt) << name;
  }
}

TEST(CanvasPattern, A21TakesCanvasCharactersAndStars) {
  for (const ByteView pattern : {"*", "a", "team-7:*", "A.b_c~d:e-f", "**"}) {
    EXPECT_TRUE(is_canvas_pattern(pattern)) << pattern;
  }
  for (const ByteView pattern : {"", "a b", "a/b", "a?", "[a]", "\xC3\xA4", "a\n"}) {
    EXPECT_FALSE(is_canvas_pattern(pattern)) << pattern;
  }
  EXPECT_FALSE(is_canvas_pattern(ByteView("a\0b", 3)));
}

TEST(CanvasPattern, A21IsAtMostAsLongAsACanvasId) {
  EXPECT_TRUE(is_canvas_pattern(std::string(128, 'a')));
  EXPECT_FALSE(is_canvas_pattern(std::string(129, 'a')));
}

TEST(CanvasPattern, A22WithoutStarMatchesOnlyItself) {
  EXPECT_TRUE(matches_canvas("plan", "plan"));
  EXPECT_FALSE(matches_canvas("plan", "plan2"));
  EXPECT_FALSE(matches_canvas("plan", "pla"));
  EXPECT_FALSE(matches_canvas("plan", "Plan"));
  EXPECT_FALSE(matches_canvas("p.an", "plan"));
}

TEST(CanvasPattern, A22StarMatchesAnyRun) {
  EXPECT_TRUE(matches_canvas("*", "anything"));
  EXPECT_TRUE(matches_canvas("team:*", "team:"));
  EXPECT_TRUE(matches_canvas("team:*", "team:plan"));
  EXPECT_FALSE(matches_canvas("team:*", "teams:plan"));
  EXPECT_TRUE(matches_canvas("*:draft", "a:b:draft"));
  EXPECT_FALSE(matches_canvas("*:draft", "a:draft2"));
  EXPECT_TRUE(matches_canvas("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(matches_canvas("a*b*c", "aXcXb"));
  EXPECT_TRUE(matches_canvas("a**b", "ab"));
}

TEST(CanvasPattern, A22AgreesWithARegularExpression) {
  std::mt19937 random(20260101);
  const auto random_text = [&](ByteView alphabet, std::size_t max_size) {
    std::string text(1 + random() % max_size, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    return text;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string pattern = random_text("ab*", 6);
    const std::string canvas = random_text("ab", 8);
    const std::regex expression(std::regex_replace(pattern, std::regex("\\*"), ".*"));
    EXPECT_EQ(matches_canvas(pattern, canvas), std::regex_match(canvas, expression))
        << pattern << " on " << canvas;
  }
}

TEST(CanvasPattern, A22ManyStarsDoNotExplode) {
  // A matcher that tries every star's every run would not come back from this.
  std::string pattern;
  for (int i = 0; i < 63; ++i) pattern += "a*";
  EXPECT_FALSE(matches_canvas(pattern + "b", std::string(128, 'a')));
}

TEST(CanvasPattern, A22HighestMatchingRoleCounts) {
  const std::vector<CanvasGrant> grants{{"*", Role::view},
                                        {"team:*", Role::admin},
                                        {"team:plan", Role::edit},
                                        {"other", Role::admin}};
  EXPECT_EQ(highest_role(grants, "team:plan"), Role::admin);
  EXPECT_EQ(highest_role(grants, "elsewhere"), Role::view);
  EXPECT_EQ(highest_role({}, "elsewhere"), std::nullopt);
  EXPECT_EQ(highest_role(std::vector<CanvasGrant>{{"a", Role::admin}}, "b"), std::nullopt);
}

}  // namespace
}  // namespace weft::connection
