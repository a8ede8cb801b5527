// SPDX-License-Identifier: Apache-2.0
#include "concept/document.h"

#include "unit/concept/canvas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weft::concept_sync {
namespace {

using testing::HasSubstr;

Json ops(std::initializer_list<Json> list) {
  Json all = Json::array();
  for (const Json& op : list) all.push_back(op);
  return all;
}

void expect_committed(Canvas& canvas, const Json& push) {
  const Outcome outcome = canvas.push(push);
  EXPECT_EQ(outcome.kind, AckOutcome::commit);
  EXPECT_EQ(effective_of(outcome), push);
  EXPECT_FALSE(outcome.rejection);
}

void expect_rebased(Canvas& canvas, const Json& push, const Json& effective) {
  const Outcome outcome = canvas.push(push);
  EXPECT_EQ(outcome.kind, AckOutcome::rebased);
  EXPECT_EQ(effective_of(outcome), effective);
  EXPECT_FALSE(outcome.rejection);
}

void expect_no_effect(Canvas& canvas, const Json& push) {
  const Bytes before = canvas.bytes();
  const Outcome outcome = canvas.push(push);
  EXPECT_EQ(outcome.kind, AckOutcome::no_effect);
  EXPECT_EQ(effective_of(outcome), Json::array());
  EXPECT_FALSE(outcome.rejection);
  EXPECT_EQ(canvas.bytes(), before);
}

std::string expect_rejected(Canvas& canvas, const Json& push, ErrorCode code,
                            std::uint32_t op_index) {
  const Bytes before = canvas.bytes();
  const Outcome outcome = canvas.push(push);
  EXPECT_EQ(outcome.kind, AckOutcome::rejected);
  EXPECT_EQ(effective_of(outcome), Json::array());
  EXPECT_EQ(canvas.bytes(), before);
  if (!outcome.rejection) {
    ADD_FAILURE() << "a rejected push says why";
    return {};
  }
  EXPECT_EQ(outcome.rejection->code, code);
  EXPECT_EQ(outcome.rejection->op_index, op_index);
  return outcome.rejection->message;
}

/// Two trees and the links between them:  root > (left > leaf, right), apart.
Canvas small_forest() {
  Canvas canvas;
  expect_committed(
      canvas, ops({create("root"), create_child("left", "root"), create_child("right", "root"),
                   create_child("leaf", "left"), create("apart"), create_link("m", "leaf", "right"),
                   create_link("a", "apart", "leaf"), create_link("z", "apart", "apart"),
                   create_link("k", "root", "apart")}));
  return canvas;
}

TEST(Document, K1LastWriteOfAPropertyWins) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a", {{"x", 1}, {"name", "one"}})}));
  expect_committed(canvas, ops({set("a", {{"x", 2}}), set("a", {{"y", {1, {{"deep", true}}}}})}));
  expect_committed(canvas, ops({set("a", {{"x", 3}, {"y", {2}}})}));
  EXPECT_EQ(canvas.entities(), (Json{{"a", {"concept", {{"name", "one"}, {"x", 3}, {"y", {2}}}}}}));
}

TEST(Document, K1ValuesStayTheBytesTheyWere) {
  Canvas canvas;
  // 1 as 64 bits, and a float: neither is in the form that an encoder of ours would choose.
  const Bytes value("\xcf\0\0\0\0\0\0\0\1", 9);
  const Bytes push = "\x91\x94" + Bytes(1, '\0') +
                     "\xa1"
                     "a\xa4"
                     "note\x81\xa1x" +
                     value;
  EXPECT_EQ(canvas.push_raw(push).effective, push);
  EXPECT_EQ(canvas.bytes(),
            "\x93\xa1"
            "a\xa4"
            "note\x81\xa1x" +
                value);
}

TEST(Document, K2CreateLeavesOutNils) {
  Canvas canvas;
  expect_rebased(canvas, ops({create("a", {{"x", 1}, {"y", nullptr}, {"parent", nullptr}})}),
                 ops({create("a", {{"x", 1}})}));
  EXPECT_EQ(canvas.entities(), (Json{{"a", {"concept", {{"x", 1}}}}}));
}

TEST(Document, K3CreateOfALiveEntityIsASet) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a", {{"x", 1}, {"y", 1}})}));
  expect_rebased(canvas, ops({create("a", {{"x", 2}, {"y", nullptr}})}),
                 ops({set("a", {{"x", 2}, {"y", nullptr}})}));
  EXPECT_EQ(canvas.entities(), (Json{{"a", {"concept", {{"x", 2}}}}}));

  expect_committed(canvas, ops({create("b"), create_link("l", "a", "b")}));
  expect_rebased(canvas, ops({create_link("l", "b", "b")}),
                 ops({set("l", {{"from", "b"}, {"to", "b"}})}));
}

TEST(Document, K4CreateWithAnotherTypeIsRejected) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a"), create("b")}));
  EXPECT_THAT(
      expect_rejected(canvas, ops({set("a", {{"x", 1}}), create("a", Json::object(), "note")}),
                      ErrorCode::type_conflict, 1),
      HasSubstr("\"concept\""));
  expect_rejected(canvas, ops({create_link("a", "b", "b")}), ErrorCode::type_conflict, 0);
}

TEST(Document, K5CreateAfterDeleteStartsAnew) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a", {{"x", 1}}), create("b")}));
  expect_committed(canvas, ops({erase("a")}));
  expect_committed(canvas, ops({create("a", {{"y", 2}}, "note")}));
  EXPECT_EQ(canvas.entities().at("a"), (Json{"note", {{"y", 2}}}));
  expect_committed(canvas, ops({erase("a"), create_link("a", "b", "b")}));
  EXPECT_EQ(canvas.entities().at("a").at(0), "link");
}

TEST(Document, K6SetWritesAndRemoves) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a", {{"x", 1}, {"y", 1}})}));
  expect_committed(canvas, ops({set("a", {{"absent", nullptr}, {"x", nullptr}, {"z", 3}})}));
  EXPECT_EQ(canvas.entities().at("a").at(1), (Json{{"y", 1}, {"z", 3}}));
}

TEST(Document, K6SetOfWhatIsNotThereHasNoEffect) {
  Canvas canvas;
  expect_no_effect(canvas, ops({set("never", {{"x", 1}})}));
  expect_committed(canvas, ops({create("a")}));
  expect_committed(canvas, ops({erase("a")}));
  expect_no_effect(canvas, ops({set("a", {{"x", 1}, {"from", "b"}})}));
}

TEST(Document, K7DeleteTakesLinksAndDescendants) {
  Canvas canvas = small_forest();
  expect_rebased(canvas, ops({erase("root")}),
                 ops({erase("a"), erase("k"), erase("m"), erase("leaf"), erase("left"),
                      erase("right"), erase("root")}));
  EXPECT_EQ(canvas.entities().size(), 2U);  // apart and its link to itself
}

TEST(Document, K7DeleteOfALeafOrALinkTakesNothingElse) {
  Canvas canvas = small_forest();
  expect_committed(canvas, ops({erase("m"), erase("a"), erase("leaf"), erase("right")}));
  expect_rebased(canvas, ops({erase("apart")}), ops({erase("k"), erase("z"), erase("apart")}));
  EXPECT_EQ(canvas.entities().size(), 2U);  // root and left
}

TEST(Document, K7DeleteFollowsMovesAndRewiring) {
  Canvas canvas = small_forest();
  expect_committed(canvas, ops({move("left", "apart"), set("m", {{"from", "root"}}),
                                set("k", {{"from", "right"}, {"to", "root"}})}));
  expect_rebased(canvas, ops({erase("apart")}),
                 ops({erase("a"), erase("z"), erase("leaf"), erase("left"), erase("apart")}));
  EXPECT_EQ(canvas.entities().size(), 4U);  // root, right, m, k
}

TEST(Document, K7SortsByBytesAndNotByLocale) {
  Canvas canvas;
  expect_committed(canvas, ops({create("p"), create_child("é", "p"), create_child("Z", "p"),
                                create_child("a", "p"), create_child("aa", "p")}));
  expect_rebased(canvas, ops({erase("p")}),
                 ops({erase("Z"), erase("a"), erase("aa"), erase("é"), erase("p")}));
}

TEST(Document, K7DeletesAChainOfAHundredThousandNodes) {
  constexpr int kDepth = 100'000;
  Canvas canvas;
  for (int next = 0; next < kDepth;) {
    Json push = Json::array();
    for (; push.size() < 1'000; ++next) {
      const std::string id = std::to_string(next);
      push.push_back(next == 0 ? create(id) : create_child(id, std::to_string(next - 1)));
    }
    ASSERT_EQ(canvas.push(push).kind, AckOutcome::commit);
  }
  ASSERT_EQ(canvas.document().entity_count(), 100'000U);
  Canvas twin = canvas.reloaded();

  // Taken back once, so that the way back is walked as deep.
  expect_rejected(canvas, ops({erase("0"), create_link("l", "0", "0")}), ErrorCode::bad_reference,
                  1);
  const Outcome outcome = canvas.push(ops({erase("0")}));
  EXPECT_EQ(outcome.kind, AckOutcome::rebased);
  const Json effective = effective_of(outcome);
  EXPECT_EQ(effective.size(), 100'000U);
  EXPECT_EQ(effective.front(), erase("99999"));
  EXPECT_EQ(effective.back(), erase("0"));
  EXPECT_EQ(canvas.document().entity_count(), 0U);

  expect_rebased(twin, ops({move("0", "99999")}), ops({move_to_root("0")}));
}

TEST(Document, K8DeleteOfWhatIsNotThereHasNoEffect) {
  Canvas canvas;
  expect_no_effect(canvas, ops({erase("a")}));
  expect_committed(canvas, ops({create("a")}));
  expect_rebased(canvas, ops({erase("a"), erase("a")}), ops({erase("a")}));
}

TEST(Document, K9LinkNeedsLiveNodes) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a"), create("b"), create_link("l", "a", "b")}));
  EXPECT_THAT(
      expect_rejected(canvas, ops({create_link("m", "a", "ghost")}), ErrorCode::bad_reference, 0),
      HasSubstr("\"ghost\""));
  expect_rejected(canvas, ops({create_link("m", "l", "a")}), ErrorCode::bad_reference, 0);
  expect_rejected(canvas, ops({set("l", {{"to", "ghost"}})}), ErrorCode::bad_reference, 0);
  expect_rejected(canvas, ops({create_link("m", "a", "b"), set("m", {{"to", "l"}})}),
                  ErrorCode::bad_reference, 1);
  expect_rejected(canvas, ops({erase("b"), create_link("m", "a", "b")}), ErrorCode::bad_reference,
                  1);
  expect_committed(canvas, ops({create_link("self", "a", "a"), set("l", {{"to", "a"}})}));
}

TEST(Document, K10ParentThatIsNotThereBecomesTheRoot) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a"), create("b"), create_link("l", "a", "b")}));
  const Json at_root = {{"parent", {nullptr, "a0"}}};
  expect_rebased(canvas, ops({create_child("c", "ghost")}), ops({create("c", at_root)}));
  expect_rebased(canvas, ops({move("c", "l")}), ops({set("c", at_root)}));
  expect_rebased(canvas, ops({create_child("c", "ghost")}), ops({set("c", at_root)}));
  EXPECT_EQ(canvas.entities().at("c").at(1), at_root);
}

TEST(Document, K10ParentBelowTheEntityBecomesTheRoot) {
  Canvas canvas = small_forest();
  expect_committed(canvas, ops({set("left", {{"parent", {"root", "b1"}}})}));
  expect_rebased(canvas, ops({set("root", {{"parent", {"leaf", "b2"}}, {"x", 1}})}),
                 ops({set("root", {{"parent", {nullptr, "b2"}}, {"x", 1}})}));
  // Going to the root also leaves the old parent.
  expect_rebased(
      canvas, ops({move("left", "leaf"), erase("root")}),
      ops({move_to_root("left"), erase("k"), erase("m"), erase("right"), erase("root")}));
}

TEST(Document, K10NilAndRootAreNoParent) {
  Canvas canvas = small_forest();
  expect_committed(canvas, ops({set("left", {{"parent", nullptr}}), move_to_root("right")}));
  EXPECT_FALSE(canvas.entities().at("left").at(1).contains("parent"));
  expect_rebased(canvas, ops({erase("root")}), ops({erase("k"), erase("root")}));
}

TEST(Document, K11ReservedPropertiesStayWhereTheyBelong) {
  Canvas canvas;
  expect_committed(canvas, ops({create("a"), create("b"), create_link("l", "a", "b")}));
  expect_rejected(canvas, ops({set("a", {{"from", "b"}})}), ErrorCode::bad_op, 0);
  expect_rejected(canvas, ops({set("a", {{"to", "b"}})}), ErrorCode::bad_op, 0);
  expect_rejected(canvas, ops({set("l", {{"parent", {"a", "a0"}}})}), ErrorCode::bad_op, 0);
  expect_rejected(canvas, ops({set("l", {{"parent", nullptr}})}), ErrorCode::bad_op, 0);
}

TEST(Document, K12RejectedPushLeavesNothingBehind) {
  Canvas canvas = small_forest();
  Canvas twin = small_forest();
  const Json poison = create_link("poison", "ghost", "ghost");
  const Json everything =
      ops({create("new", {{"x", 1}}), move("right", "new"), set("m", {{"to", "new"}, {"y", 2}}),
           erase("root"), create("root"), move("apart", "root"), create_child("leaf", "apart"),
           set("root", {{"x", 1}}), erase("apart"), erase("new")});
  for (std::size_t position = 0; position <= everything.size(); ++position) {
    Json push = everything;
    push.insert(push.begin() + static_cast<std::ptrdiff_t>(position), poison);
    expect_rejected(canvas, push, ErrorCode::bad_reference, static_cast<std::uint32_t>(position));
  }
  // Not only the bytes: what hangs together still does.
  EXPECT_EQ(canvas.push(everything).effective, twin.push(everything).effective);
  EXPECT_EQ(canvas.bytes(), twin.bytes());
}

TEST(Document, K13OutcomeSaysWhetherItWasAsAsked) {
  Canvas canvas;
  expect_no_effect(canvas, Json::array());
  expect_committed(canvas, ops({create("a", {{"x", 1}})}));
  expect_committed(canvas, ops({set("a", {{"x", 1}})}));
  expect_committed(canvas, ops({set("a", Json::object())}));
  expect_rebased(canvas, ops({set("ghost", {{"x", 1}}), set("a", {{"x", 2}})}),
                 ops({set("a", {{"x", 2}})}));
}

TEST(Document, K16EntityMayNotOutgrowItsLimit) {
  Limits limits;
  limits.entity_bytes_max = to_raw({"a", "concept", {{"text", std::string(40, 'x')}}}).size();
  Canvas canvas(limits);
  expect_committed(canvas, ops({create("a", {{"text", std::string(40, 'x')}})}));
  EXPECT_THAT(expect_rejected(canvas, ops({set("a", {{"text", std::string(41, 'x')}})}),
                              ErrorCode::too_large, 0),
              HasSubstr(std::to_string(limits.entity_bytes_max) + " bytes (entity_bytes_max)"));
  expect_rejected(canvas, ops({create("bb", {{"text", std::string(40, 'x')}})}),
                  ErrorCode::too_large, 0);
  expect_rejected(canvas, ops({set("a", {{"y", 1}})}), ErrorCode::too_large, 0);
}

TEST(Document, K16EntityFromATimeOfHigherLimitsMayNotGrow) {
  Canvas before;
  expect_committed(before, ops({create("a", {{"text", std::string(40, 'x')}, {"x", 1}})}));
  Limits limits;
  limits.entity_bytes_max = 30;
  Canvas canvas = before.reloaded(limits);
  expect_committed(canvas, ops({set("a", {{"x", 2}})}));
  expect_rejected(canvas, ops({set("a", {{"x", 200}})}), ErrorCode::too_large, 0);
  expect_committed(canvas, ops({set("a", {{"text", std::string(39, 'x')}})}));
  expect_committed(canvas, ops({set("a", {{"text", nullptr}}), set("a", {{"x", 200}})}));
}

TEST(Document, K17CanvasHoldsSoManyEntitiesAndNoMore) {
  Limits limits;
  limits.entities_max = 2;
  Canvas canvas(limits);
  EXPECT_THAT(expect_rejected(canvas, ops({create("a"), create("b"), create("c"), erase("a")}),
                              ErrorCode::too_many, 2),
              HasSubstr("2 entities (entities_max)"));
  expect_committed(canvas, ops({create("a"), create("b")}));
  expect_rebased(canvas, ops({create("a")}), ops({set("a", Json::object())}));
  expect_committed(canvas, ops({erase("a"), create("c")}));
}

TEST(Document, K22EntitiesHaveSoManyBytesTogetherAndNoMore) {
  const Json a = create("a", {{"text", std::string(40, 'x')}});
  const Json b = create("b", {{"text", std::string(40, 'x')}});
  Limits limits;
  limits.document_bytes_max = 2 * to_raw({a[1], a[2], a[3]}).size();
  Canvas canvas(limits);
  expect_committed(canvas, ops({a, b}));
  EXPECT_EQ(canvas.document().encoded_bytes(), limits.document_bytes_max);
  const std::string max = std::to_string(limits.document_bytes_max);
  const std::string over = std::to_string(limits.document_bytes_max + 1);
  EXPECT_THAT(
      expect_rejected(canvas, ops({set("b", {{"x", 1}}), erase("b")}), ErrorCode::too_large, 0),
      HasSubstr(max + " bytes (document_bytes_max)"));
  EXPECT_THAT(expect_rejected(canvas, ops({set("b", {{"text", std::string(41, 'x')}})}),
                              ErrorCode::too_large, 0),
              HasSubstr("\"b\" it would have " + over));
  // Three of 12 bytes find room in the 39 that became free, and a fourth does not.
  expect_rejected(
      canvas, ops({set("a", {{"text", "y"}}), create("c"), create("d"), create("e"), create("f")}),
      ErrorCode::too_large, 4);
  EXPECT_EQ(canvas.document().encoded_bytes(), limits.document_bytes_max);
  expect_committed(canvas, ops({set("a", {{"text", std::string(40, 'y')}})}));
  expect_committed(canvas, ops({erase("a"), create("c"), set("b", {{"x", 1}})}));
}

TEST(Document, K22DocumentFromATimeOfHigherLimitsMayNotGrow) {
  Canvas before;
  expect_committed(before, ops({create("a", {{"text", std::string(40, 'x')}}), create("b")}));
  Limits limits;
  limits.document_bytes_max = 30;
  Canvas canvas = before.reloaded(limits);
  expect_committed(canvas, ops({set("a", {{"text", std::string(40, 'y')}})}));
  expect_rejected(canvas, ops({create("c")}), ErrorCode::too_large, 0);
  expect_rejected(canvas, ops({erase("b"), set("a", {{"x", 1}})}), ErrorCode::too_large, 1);
  expect_committed(canvas, ops({set("a", {{"text", std::string(39, 'y')}})}));
  expect_committed(canvas, ops({erase("a"), create("c")}));
}

TEST(Document, K19SearchForCirclesHasABound) {
  constexpr int kDepth = 2'000;
  Canvas canvas;
  Json chain = ops({create("0"), create("mover"), create_child("child", "mover")});
  for (int i = 1; i <= kDepth; ++i) {
    chain.push_back(create_child(std::to_string(i), std::to_string(i - 1)));
  }
  expect_committed(canvas, chain);

  const auto shuttle = [](int times) {
    Json push = Json::array();
    for (int i = 0; i < times; ++i) {
      push.push_back(move("mover", std::to_string(kDepth)));
      push.push_back(move_to_root("mover"));
    }
    return push;
  };
  expect_committed(canvas, shuttle(500));
  EXPECT_THAT(expect_rejected(canvas, shuttle(501), ErrorCode::too_many, 1'000),
              HasSubstr("1000000"));
  expect_committed(canvas, shuttle(500));  // the bound is for each push
}

}  // namespace
}  // namespace weft::concept_sync
