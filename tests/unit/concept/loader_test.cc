// SPDX-License-Identifier: Apache-2.0
#include "concept/loader.h"

#include "concept/document.h"
#include "protocol/msgpack.h"
#include "unit/concept/canvas.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weft::concept_sync {
namespace {

Bytes entity(const std::string& id, const Json& properties = Json::object(),
             const std::string& type = "concept") {
  return to_raw({id, type, properties});
}
Bytes link(const std::string& id, const std::string& from, const std::string& to) {
  return entity(id, {{"from", from}, {"to", to}}, "link");
}
Bytes child(const std::string& id, const std::string& parent) {
  return entity(id, {{"parent", {parent, "a0"}}});
}

/// Empty when the entities load, else the sentence.
std::string refusal_of(const std::vector<Bytes>& entities) {
  Document document{Limits{}};
  Bytes part;
  for (const Bytes& raw : entities) part += raw;
  const auto loaded = document.load_part(static_cast<std::uint32_t>(entities.size()), part);
  if (!loaded) return std::string(loaded.error().what);
  const auto finished = document.finish_loading();
  return finished ? "" : std::string(finished.error().what);
}

TEST(Loader, K20HistoryDoesNotShow) {
  Canvas one;
  Canvas other;
  ASSERT_EQ(one.push({create("b", {{"y", 2}, {"x", 1}}), create("a")}).kind, AckOutcome::commit);
  ASSERT_EQ(other.push({create("a", {{"z", 1}}), create("gone"), create("b")}).kind,
            AckOutcome::commit);
  ASSERT_EQ(other
                .push({set("b", {{"y", 2}}), erase("gone"), set("b", {{"x", 1}}),
                       set("a", {{"z", nullptr}})})
                .kind,
            AckOutcome::commit);
  EXPECT_EQ(one.bytes(), other.bytes());
}

TEST(Loader, K21LinksAndChildrenMayComeBeforeWhatTheyName) {
  EXPECT_EQ(refusal_of({link("a", "x", "y"), child("b", "x"), entity("x"), child("y", "b")}), "");
}

TEST(Loader, K21ReadsPartsOneAfterTheOther) {
  Canvas canvas;
  ASSERT_EQ(canvas
                .push({create("x"), create("y"), create_link("a", "x", "y"), create_child("b", "y"),
                       create("n", {{"v", {1, {{"k", nullptr}}}}})})
                .kind,
            AckOutcome::commit);
  Document twin{Limits{}};
  const Bytes bytes = canvas.bytes();
  for (std::size_t at = 0; at < bytes.size();) {
    protocol::MsgpackReader reader(ByteView(bytes).substr(at));
    const ByteView one = reader.read_value().value();
    ASSERT_TRUE(twin.load_part(1, one));
    at += one.size();
  }
  ASSERT_TRUE(twin.finish_loading());
  EXPECT_EQ(test::bytes_of(twin), bytes);
}

TEST(Loader, K21LimitsDoNotCount) {
  Canvas canvas;
  ASSERT_EQ(canvas.push({create("a", {{"text", std::string(100, 't')}}), create("b")}).kind,
            AckOutcome::commit);
  Limits limits;
  limits.entities_max = 1;
  limits.entity_bytes_max = 10;
  EXPECT_EQ(canvas.reloaded(limits).bytes(), canvas.bytes());
}

TEST(Loader, K21RefusesWhatPointsAtNothing) {
  EXPECT_EQ(refusal_of({entity("a"), link("l", "a", "ghost")}), "A link joins what is not there.");
  EXPECT_EQ(refusal_of({entity("a"), link("k", "a", "a"), link("l", "k", "a")}),
            "A link joins what is not there.");
  EXPECT_EQ(refusal_of({child("a", "ghost")}), "A parent is not there.");
  EXPECT_EQ(refusal_of({entity("a"), link("l", "a", "a"), child("m", "l")}),
            "A parent is not there.");
}

TEST(Loader, K21RefusesParentsInACircle) {
  EXPECT_EQ(refusal_of({child("a", "c"), child("b", "a"), child("c", "b"), entity("d")}),
            "Parents form a circle.");
}

TEST(Loader, K21RefusesAnotherOrder) {
  const std::string sentence = "The entities are not in byte order of their ids.";
  EXPECT_EQ(refusal_of({entity("b"), entity("a")}), sentence);
  EXPECT_EQ(refusal_of({entity("a"), entity("a")}), sentence);
}

TEST(Loader, K21RefusesAnotherForm) {
  const std::string sentence = "An entity is not in the form of a snapshot.";
  EXPECT_EQ(refusal_of({"\x93\xa1"
                        "a\xa1n\x82\xa1y\x01\xa1x\x01"}),
            sentence);  // keys
  EXPECT_EQ(refusal_of({"\x93\xa1"
                        "a\xa1n\x81\xa1y\xc0"}),
            sentence);  // a nil
  EXPECT_EQ(refusal_of({"\x93\xd9\x01"
                        "a\xa1n\x80"}),
            sentence);  // a long header
}

TEST(Loader, K21RefusesWhatNoCreateCouldMake) {
  const std::string sentence = "An entity is not one that an op can create.";
  EXPECT_EQ(refusal_of({entity("a", {{"from", "b"}})}), sentence);
  EXPECT_EQ(refusal_of({entity("a", {{"from", "b"}}, "link")}), sentence);
  EXPECT_EQ(refusal_of({entity("")}), sentence);
  EXPECT_EQ(refusal_of({child("a", "a")}), sentence);
  EXPECT_EQ(refusal_of({"\x93\xa1"
                        "a\xa1n\x90"}),
            sentence);
}

TEST(Loader, K21RefusesOtherBytes) {
  EXPECT_NE(refusal_of({"\x92\xa1"
                        "a\xa1n"}),
            "");
  EXPECT_NE(refusal_of({"\x94\xa1"
                        "a\xa1n\x80\x01"}),
            "");
  EXPECT_NE(refusal_of({"\x01"}), "");
  EXPECT_NE(refusal_of({entity("a").substr(0, 3)}), "");
  EXPECT_NE(refusal_of({""}), "");
  EXPECT_NE(refusal_of({entity("a") + entity("b")}), "");
}

}  // namespace
}  // namespace weft::concept_sync
