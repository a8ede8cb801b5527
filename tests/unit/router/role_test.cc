// SPDX-License-Identifier: Apache-2.0
// What a role allows, and how a session's token ends.
#include "connection/jwt.h"
#include "connection/key_set.h"
#include "unit/router/room_fixture.h"

namespace weft::router {
namespace {

class RoleTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kSecret = "a secret of at least thirty-two bytes";

  static connection::KeySet keys() { return *connection::KeySet::parse(kSecret); }
  /// A token for this user and role that ends `seconds_left` from now.
  std::string token(const std::string& user, const std::string& role, int seconds_left = 600) {
    const connection::KeySet set = keys();
    connection::Claims claims;
    claims.user = user;
    claims.expires_ms = weft_.now().wall_ms + seconds_left * 1000;
    claims.canvases = {{"*", *connection::parse_role(role)}};
    return *connection::mint_jwt(claims, *set.signing_key());
  }
  SessionId join(const std::string& client, const std::string& user, const std::string& role,
                 int seconds_left = 600) {
    return weft_.join(client, {{"token", token(user, role, seconds_left)}});
  }

  RouterHarness weft_{{}, connection::Authenticator(keys())};
};

TEST_F(RoleTest, C12AViewerMayLookAndNothingElse) {
  const auto eve = join("e", "eve", "view");
  weft_.take(eve);
  weft_.say(eve, {1, 5, 5});
  weft_.say(eve, Json::array({2, {{"mood", "bored"}}}));
  weft_.say(eve, {4, "wave", nullptr});
  weft_.say(eve, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  const auto messages = weft_.take(eve);
  ASSERT_EQ(messages.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(messages[static_cast<std::size_t>(i)][1], "not_allowed");
  }
  EXPECT_EQ(messages[3][0], kAck);
  EXPECT_EQ(messages[3][4][0], "not_allowed");
}

TEST_F(RoleTest, C12AViewerShowsNoPresence) {
  const auto ada = join("a", "ada", "edit");
  weft_.take(ada);
  weft_.join("e", {{"token", token("eve", "view")}, {"presence", {{"ad", "buy"}}}});
  const auto seen = weft_.take(ada, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["join"][0][2], Json::object());
}

TEST_F(RoleTest, C12APresenterMayMoveButNotPush) {
  const auto ada = join("a", "ada", "edit");
  const auto pat = join("p", "pat", "present");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.say(pat, {1, 5, 5});
  weft_.say(pat, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_.take(ada, kCursors).size(), 1U);
  const auto acks = weft_.take(pat, kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][3], kRejected);
}

TEST_F(RoleTest, O8ATokenThatEndsEndsTheSessionUnlessAFreshOneHasCome) {
  const auto ada = join("a", "ada", "edit", 10);
  const auto bob = join("b", "bob", "edit", 10);
  EXPECT_LE(weft_.take(ada, kWelcome)[0][1]["token_expires_in"], 10'000);
  weft_.advance(seconds(5));
  weft_.say(bob, {6, token("bob", "edit", 60)});
  weft_.advance(seconds(10));
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::token_expired);
  EXPECT_FALSE(weft_.closed_with(bob));
}

TEST_F(RoleTest, C14ATokenOfSomebodyElseEndsTheSession) {
  const auto ada = join("a", "ada", "edit");
  weft_.say(ada, {6, token("bob", "edit")});
  weft_.settle();
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::token_invalid);
}

TEST_F(RoleTest, C14AFreshTokenWithALowerRoleTakesTheRightsAway) {
  const auto ada = join("a", "ada", "edit");
  weft_.say(ada, {6, token("ada", "view")});
  weft_.take(ada);
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_.take(ada, kAck).at(0)[4][0], "not_allowed");
}

TEST_F(RoleTest, C12APushThatWasTakenBeforeTheRoleFellIsADuplicate) {
  const auto ada = join("a", "ada", "edit");
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  weft_.drop_link(ada);
  const auto again = join("a", "ada", "view");
  weft_.take(again);
  weft_.say(again, push(1, Json::array({create("x")})));
  weft_.say(again, push(2, Json::array({create("y")})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(again, kAck);
  ASSERT_EQ(acks.size(), 2U);
  EXPECT_EQ(acks[0][3], kDuplicate);
  EXPECT_EQ(acks[1][3], kRejected);
}

TEST_F(RoleTest, C9AClientIdBelongsToTheUserWhoFirstPushedWithIt) {
  const auto ada = join("shared", "ada", "edit");
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  weft_.leave(ada);
  const auto bob = join("shared", "bob", "edit");
  EXPECT_EQ(weft_.closed_with(bob), CloseCode::not_allowed);
}

TEST_F(RoleTest, AWrongTokenOpensNoRoom) {
  const auto eve = weft_.join("e", {{"token", "nonsense"}}, "secret-canvas");
  EXPECT_EQ(weft_.closed_with(eve), CloseCode::token_invalid);
  EXPECT_EQ(weft_.router().room_count(), 0U);
}

}  // namespace
}  // namespace weft::router
