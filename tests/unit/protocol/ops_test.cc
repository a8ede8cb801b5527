// SPDX-License-Identifier: Apache-2.0
#include "protocol/ops.h"

#include "json_values.h"
#include "protocol/msgpack.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::protocol {
namespace {

using namespace std::string_literals;

struct Refused {
  std::string code = "accepted";
  std::uint32_t op_index = 0;
  std::string message;
};

Refused decode(const Bytes& raw, const Limits& limits = {}) {
  OpList ops;
  const auto decoded = decode_ops(raw, limits, ops);
  if (decoded) return {};
  EXPECT_FALSE(decoded.error().message.empty());
  return {std::string(name_of(decoded.error().code)), decoded.error().op_index,
          decoded.error().message};
}

std::string code_of(std::string_view json) {
  return decode(value_of_json(json)).code;
}

/// The ops encoded again from what was decoded, as JSON.
std::string round_trip(std::string_view json) {
  const Bytes raw = value_of_json(json);
  OpList list;
  if (!decode_ops(raw, Limits{}, list)) return "refused";
  Bytes out;
  append_array(out, static_cast<std::uint32_t>(list.ops.size()));
  for (const Op& op : list.ops) {
    if (op.kind == OpKind::create) append_create(out, op.id, op.type, list.properties_of(op));
    if (op.kind == OpKind::set) append_set(out, op.id, list.properties_of(op));
    if (op.kind == OpKind::erase) append_erase(out, op.id);
  }
  return json_of_value(out);
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(Ops, DecodeAndEncodeAgain) {
  for (const std::string_view json :
       {R"([])", R"([[0,"a","concept",{}]])", R"([[0,"a","concept",{"n":1,"t":"x","u":null}]])",
        R"([[0,"l","link",{"from":"a","to":"b"}]])", R"([[1,"a",{"t":{"deep":[1,2]}}],[2,"b"]])",
        R"([[1,"a",{"parent":["b","a0"]}],[1,"a",{"parent":[null,""]}],[1,"a",{"parent":null}]])",
        R"([[1,"l",{"from":"c"}],[1,"a",{}]])"}) {
    EXPECT_EQ(round_trip(json), json);
  }
}

TEST(Ops, PropertiesComeInByteOrderOfTheirKeys) {
  EXPECT_EQ(round_trip(R"([[1,"x",{"b":1,"ž":2,"a":3,"B":4}]])"),
            R"([[1,"x",{"B":4,"a":3,"b":1,"ž":2}]])");
}

TEST(Ops, P4TrailingItemsOfAnOpAreIgnored) {
  EXPECT_EQ(round_trip(R"([[2,"a",{"later":1}],[1,"b",{},5],[0,"c","concept",{},6,7]])"),
            R"([[2,"a"],[1,"b",{}],[0,"c","concept",{}]])");
}

TEST(Ops, C10WrongShapesAreBadOps) {
  for (const std::string_view json : {"5",
                                      "null",
                                      "{}",
                                      "[5]",
                                      "[[]]",
                                      R"([["0","a"]])",
                                      "[[-1]]",
                                      "[[null]]",
                                      "[[0]]",
                                      R"([[0,"a"]])",
                                      R"([[0,"a","concept"]])",
                                      R"([[0,"a","concept",[]]])",
                                      R"([[0,"a","concept",null]])",
                                      R"([[0,1,"concept",{}]])",
                                      R"([[0,"a",1,{}]])",
                                      "[[1]]",
                                      R"([[1,"a"]])",
                                      R"([[1,"a",[]]])",
                                      R"([[1,null,{}]])",
                                      "[[2]]",
                                      "[[2,5]]"}) {
    EXPECT_EQ(code_of(json), "bad_op") << json;
  }
}

TEST(Ops, C4TheOpThatIsWrongIsNamed) {
  const Refused refused = decode(value_of_json(R"([[2,"a"],[2,"b"],[2,""],[5]])"));
  EXPECT_EQ(refused.code, "bad_id");
  EXPECT_EQ(refused.op_index, 2U);
}

TEST(Ops, TextAndLaterKindsAreUnsupported) {
  EXPECT_EQ(code_of(R"([[3,"a","body","AAEC"]])"), "unsupported");
  EXPECT_EQ(code_of("[[3]]"), "unsupported");
  EXPECT_EQ(code_of(R"([[4,"a"]])"), "unsupported");
}

TEST(Ops, C4IdsKeysAndTypesHave1To64Characters) {
  const std::string longest = repeated("🪢", 64);
  const std::string too_long = longest + "x";
  for (const auto& [text, code] : {std::pair{""s, "bad_id"},
                                   {too_long, "bad_id"},
                                   {longest, "accepted"},
                                   {"a\\nb"s, "bad_id"},
                                   {"a\\u0000"s, "bad_id"},
                                   {"\\u007f"s, "bad_id"},
                                   {"\\u009f"s, "bad_id"},
                                   {"\\u00a0"s, "accepted"},
                                   {" "s, "accepted"},
                                   {std::string(65, 'x'), "bad_id"}}) {
    EXPECT_EQ(code_of(R"([[2,")" + text + R"("]])"), code) << text;
    EXPECT_EQ(code_of(R"([[1,")" + text + R"(",{}]])"), code) << text;
    EXPECT_EQ(code_of(R"([[0,")" + text + R"(","concept",{}]])"), code) << text;
    EXPECT_EQ(code_of(R"([[0,"a",")" + text + R"(",{}]])"), code) << text;
    EXPECT_EQ(code_of(R"([[1,"a",{")" + text + R"(":1}]])"), code) << text;
    EXPECT_EQ(code_of(R"([[1,"l",{"from":")" + text + R"("}]])"), code) << text;
    EXPECT_EQ(code_of(R"([[1,"a",{"parent":[")" + text + R"(","a0"]}]])"), code) << text;
  }
  EXPECT_NE(decode(value_of_json(R"([[2,""]])")).message.find("id_chars_max"), std::string::npos);
}

TEST(Ops, C4AtMost1000Ops) {
  const auto push = [](std::uint32_t count) {
    Bytes raw;
    append_array(raw, count);
    for (std::uint32_t i = 0; i < count; ++i) append_erase(raw, "a");
    return raw;
  };
  EXPECT_EQ(decode(push(1000)).code, "accepted");
  const Refused refused = decode(push(1001));
  EXPECT_EQ(refused.code, "too_many");
  EXPECT_EQ(refused.op_index, 1000U);
  EXPECT_NE(refused.message.find("push_ops_max"), std::string::npos);
  Limits limits;
  limits.push_ops_max = 2;
  EXPECT_EQ(decode(push(3), limits).code, "too_many");
}

TEST(Ops, C4PropsHaveAtMostEntityBytesMax) {
  Limits limits;
  limits.entity_bytes_max = 10;
  // The map's head, the key in two bytes, the string's head and its bytes.
  EXPECT_EQ(decode(value_of_json(R"([[1,"a",{"k":"123456"}]])"), limits).code, "accepted");
  const Refused refused = decode(value_of_json(R"([[1,"a",{"k":"1234567"}]])"), limits);
  EXPECT_EQ(refused.code, "too_large");
  EXPECT_NE(refused.message.find("entity_bytes_max"), std::string::npos);
}

TEST(Ops, C10AKeyIsThereOnce) {
  EXPECT_EQ(code_of(R"([[1,"a",{"k":1,"l":2,"k":3}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[1,"a",{"z":1,"a":2,"z":3}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[1,"a",{"k":1}],[1,"b",{"a":1,"l":2,"l":2}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[0,"l","link",{"from":"a","to":"b","from":"c"}]])"), "bad_op");
  // The same key in two ops of a push is fine.
  EXPECT_EQ(code_of(R"([[1,"a",{"k":1}],[1,"a",{"k":2}]])"), "accepted");
}

TEST(Ops, C10ALinkNeedsBothItsEnds) {
  for (const std::string_view props :
       {R"({})", R"({"from":"a"})", R"({"to":"a"})", R"({"from":null,"to":"b"})",
        R"({"from":"a","to":null})", R"({"from":1,"to":"b"})", R"({"from":["a"],"to":"b"})"}) {
    EXPECT_EQ(code_of(R"([[0,"l","link",)" + std::string(props) + "]]"), "bad_op") << props;
  }
  EXPECT_EQ(code_of(R"([[0,"l","link",{"from":"a","to":"a"}]])"), "accepted");
}

TEST(Ops, C10OnlyALinkHasEnds) {
  EXPECT_EQ(code_of(R"([[0,"a","concept",{"from":"b"}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[0,"a","concept",{"to":"b"}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[0,"a","links",{"to":"b"}]])"), "bad_op");
}

TEST(Ops, C10TheEndOfALinkCannotBeRemoved) {
  EXPECT_EQ(code_of(R"([[1,"l",{"from":null}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[1,"l",{"to":null}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[1,"l",{"to":"b"}]])"), "accepted");
}

TEST(Ops, C10ALinkCannotJoinItself) {
  EXPECT_EQ(code_of(R"([[0,"l","link",{"from":"l","to":"b"}]])"), "bad_reference");
  EXPECT_EQ(code_of(R"([[1,"l",{"to":"l"}]])"), "bad_reference");
}

TEST(Ops, C10ParentIsAnIdOrNilWithAnIndex) {
  for (const std::string_view value :
       {R"("b")", "5", "{}", "[]", R"(["b"])", R"(["b",5])", R"(["b",null])", R"([5,"a0"])",
        R"(["b","a0",1])", R"([null,null])"}) {
    EXPECT_EQ(code_of(R"([[1,"a",{"parent":)" + std::string(value) + "}]]"), "bad_op") << value;
  }
  EXPECT_EQ(code_of(R"([[1,"a",{"parent":[null,")" + std::string(64, 'z') + R"("]}]])"),
            "accepted");
  EXPECT_EQ(code_of(R"([[1,"a",{"parent":[null,")" + std::string(65, 'z') + R"("]}]])"), "bad_op");
  EXPECT_EQ(code_of(R"([[0,"a","concept",{"parent":null}]])"), "accepted");
}

TEST(Ops, C10ALinkHasNoParent) {
  EXPECT_EQ(code_of(R"([[0,"l","link",{"from":"a","to":"b","parent":[null,"a0"]}]])"), "bad_op");
}

TEST(Ops, C10AnEntityAsItsOwnParentIsACycle) {
  EXPECT_EQ(code_of(R"([[1,"a",{"parent":["a","a0"]}]])"), "cycle");
  EXPECT_EQ(code_of(R"([[0,"a","concept",{"parent":["a","a0"]}]])"), "cycle");
}

TEST(Ops, ManyKeysInOneMapCostNoMoreThanSorting) {
  Bytes raw;
  append_array(raw, 1);
  append_array(raw, 3);
  append_uint(raw, 1);
  append_string(raw, "a");
  constexpr std::uint32_t kKeys = 9'000;
  append_map(raw, kKeys);
  for (std::uint32_t i = 0; i < kKeys; ++i) {
    append_string(raw, std::to_string(kKeys - i));
    append_nil(raw);
  }
  EXPECT_EQ(decode(raw).code, "accepted");
}

TEST(Ops, DecodingAgainAllocatesNothing) {
  const Bytes raw = value_of_json(R"([[1,"a",{"x":1,"y":2}],[2,"b"]])");
  OpList list;
  ASSERT_TRUE(decode_ops(raw, Limits{}, list));
  const Op* const ops_at = list.ops.data();
  const Property* const properties_at = list.properties.data();
  ASSERT_TRUE(decode_ops(raw, Limits{}, list));
  EXPECT_EQ(list.ops.data(), ops_at);
  EXPECT_EQ(list.properties.data(), properties_at);
  EXPECT_EQ(list.ops.size(), 2U);
  EXPECT_EQ(list.properties.size(), 2U);
}

TEST(Ops, ParentDecodesAndEncodes) {
  for (const std::string_view json : {R"(["b","a0V"])", R"([null,"a1"])", R"([null,""])"}) {
    const Bytes value = value_of_json(json);
    const Parent parent = decode_parent(value);
    Bytes out;
    append_parent(out, parent);
    EXPECT_EQ(out, value);
  }
  const Bytes value = value_of_json(R"(["b","a0V"])");
  EXPECT_EQ(decode_parent(value).id, "b");
  EXPECT_EQ(decode_parent(value).index, "a0V");
}

}  // namespace
}  // namespace weft::protocol
