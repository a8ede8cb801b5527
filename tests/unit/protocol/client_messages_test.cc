// SPDX-License-Identifier: Apache-2.0
#include "json_values.h"
#include "protocol/messages.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace weft::protocol {
namespace {

using namespace std::string_literals;

/// The sentence with which `frame` is refused; empty when its first message is accepted.
std::string refusal(const Bytes& frame) {
  MessageReader reader(frame);
  const auto message = reader.next();
  return message ? "" : std::string(message.error().what);
}

std::string refusal_of_json(std::string_view json) {
  return refusal(value_of_json(json));
}

template <class Message>
Message decoded(const Bytes& frame) {
  MessageReader reader(frame);
  const auto message = reader.next();
  EXPECT_TRUE(message) << (message ? "" : message.error().what);
  if (!message || !std::holds_alternative<Message>(*message)) {
    ADD_FAILURE() << "not the message that was expected";
    return {};
  }
  EXPECT_TRUE(reader.at_end());
  return std::get<Message>(*message);
}

/// A map key for a value nested `depth` levels deep.
std::string nested(int depth) {
  const auto size = static_cast<std::size_t>(depth);
  return std::string(size, '[') + std::string(size, ']');
}

TEST(ClientMessages, P4UnknownKindIsAMessageOfItsOwn) {
  EXPECT_EQ(decoded<UnknownKind>(value_of_json("[8]")).kind, 8U);
  EXPECT_EQ(decoded<UnknownKind>(value_of_json(R"([4294967296,{"a":[1]}])")).kind, 1ULL << 32);
}

TEST(ClientMessages, P4TrailingItemsAreIgnored) {
  const Bytes hello = value_of_json(R"([0,{"client":"c"},{"later":1},2])");
  EXPECT_EQ(decoded<Hello>(hello).client, "c");
  EXPECT_TRUE(decoded<Cursor>(value_of_json("[1,null,5]")).hidden);
  EXPECT_EQ(decoded<Cursor>(value_of_json("[1,2,3,4,5]")).y, 3.0F);
  EXPECT_EQ(decoded<Push>(value_of_json("[3,1,[],7]")).n, 1U);
  const Bytes token = value_of_json(R"([6,"t",7])");
  EXPECT_EQ(decoded<Token>(token).token, "t");
  EXPECT_EQ(decoded<Ping>(value_of_json("[7,1,7]")).value, 1U);
  EXPECT_TRUE(decoded<View>(value_of_json("[5,[0,0,1,1,9],7]")).rect);
}

TEST(ClientMessages, P4UnknownKeysOfHelloAreIgnored) {
  const Bytes frame = value_of_json(R"([0,{"a":1,"client":"c","z":{"deep":[{}]}}])");
  EXPECT_EQ(decoded<Hello>(frame).client, "c");
}

TEST(ClientMessages, P5WhatIsIgnoredIsCheckedAllTheSame) {
  EXPECT_NE(refusal("\x93\x07\x01\xa1\xff"s), "");  // a trailing item, not UTF-8
  EXPECT_NE(refusal("\x92\x2a\xd4\x00\x00"s), "");  // an unknown kind's extension
  EXPECT_NE(refusal("\x92\x00\x82\xa6"
                    "client\xa1"
                    "c\xa1z\xa1\xff"s),
            "");  // an unknown key's value
  EXPECT_NE(refusal("\x92\x00\x82\xa6"
                    "client\xa1"
                    "c\x05\x05"s),
            "");  // a key that is no string
}

TEST(ClientMessages, P4P10RefusesWhatIsNoMessage) {
  for (const std::string_view json : {"1", "[]", "{}", R"(["0"])", "[-1]", "[null]", "[0.5]"}) {
    EXPECT_NE(refusal_of_json(json).find("A message is an array"), std::string::npos) << json;
  }
  EXPECT_NE(refusal("\xc1"s).find("0xc1"), std::string::npos);
}

TEST(ClientMessages, P5CountsTheMessageAsTheFirstOf16Levels) {
  EXPECT_EQ(refusal_of_json("[42," + nested(15) + "]"), "");
  const Bytes deep = "\x92\x2a"s + Bytes(15, '\x91') + "\x90"s;
  EXPECT_NE(refusal(deep).find("too deep"), std::string::npos);
  EXPECT_EQ(refusal_of_json(R"([4,"e",)" + nested(15) + "]"), "");
  EXPECT_EQ(refusal_of_json("[3,1," + nested(15) + "]"), "");
}

TEST(ClientMessages, P5PresenceNestsTwelveLevels) {
  EXPECT_EQ(refusal_of_json(R"([2,{"a":)" + nested(11) + "}]"), "");
  EXPECT_NE(refusal_of_json(R"([2,{"a":)" + nested(12) + "}]"), "");
  EXPECT_EQ(refusal_of_json(R"([0,{"client":"c","presence":{"a":)" + nested(11) + "}}]"), "");
  EXPECT_NE(refusal_of_json(R"([0,{"client":"c","presence":{"a":)" + nested(12) + "}}]"), "");
}

TEST(ClientMessages, P5WhatPresenceMaySayFitsIntoWhatTheServerSends) {
  const Bytes frame = value_of_json(R"([2,{"a":)" + nested(11) + "}]");
  const ByteView patch = decoded<PresencePatch>(frame).patch;
  PresenceBatch batch;
  batch.joins.push_back({{1}, {"u", "U", {}, {}}, patch, "active"});
  Bytes out;
  append_presence(out, batch);
  EXPECT_TRUE(MsgpackReader(out).read_value(kDepthMax));
}

TEST(ClientMessages, C1HelloNeedsAClient) {
  for (const std::string_view json :
       {"[0]", "[0,null]", "[0,[]]", "[0,{}]", R"([0,{"client":""}])", R"([0,{"client":null}])",
        R"([0,{"client":7}])", R"([0,{"client":"a\nb"}])", R"([0,{"client":"a\u0085b"}])",
        R"([0,{"name":"Ada"}])"}) {
    EXPECT_NE(refusal_of_json(json).find("hello expects"), std::string::npos) << json;
  }
}

TEST(ClientMessages, C1ClientHasAtMost64Characters) {
  const auto hello = [](std::size_t characters) {
    std::string client;
    for (std::size_t i = 0; i < characters; ++i) client += "線";
    return R"([0,{"client":")" + client + R"("}])";
  };
  EXPECT_EQ(refusal_of_json(hello(64)), "");
  EXPECT_NE(refusal_of_json(hello(65)), "");
}

TEST(ClientMessages, P10HelloRefusesValuesOfTheWrongKind) {
  for (const std::string_view entry :
       {R"("token":1)", R"("name":[])", R"("sdk":true)", R"("presence":[])", R"("presence":"p")",
        R"("since":{})", R"("since":[1])", R"("since":[-1,2])", R"("since":[1,"2"])",
        R"("since":[1,2,3])", R"("since":[1,2,"AQIDBAUGBw=="])", R"("since":[1,2,"AQIDBAUGBwgJ"])",
        R"("since":[1,2,"AQIDBAUGBwh="])", R"("since":[1,2,"not base 64!"])"}) {
    const std::string json = R"([0,{"client":"c",)" + std::string(entry) + "}]";
    EXPECT_NE(refusal_of_json(json).find("hello expects"), std::string::npos) << json;
  }
}

TEST(ClientMessages, HelloNameHasAtMost256Bytes) {
  const auto hello = [](std::size_t size) {
    return R"([0,{"client":"c","name":")" + std::string(size, 'n') + R"("}])";
  };
  EXPECT_EQ(refusal_of_json(hello(256)), "");
  EXPECT_NE(refusal_of_json(hello(257)), "");
}

TEST(ClientMessages, HelloTakesNilForAbsent) {
  const Bytes frame = value_of_json(
      R"([0,{"client":"c","token":null,"name":null,"sdk":null,"since":null,"presence":null}])");
  const Hello hello = decoded<Hello>(frame);
  EXPECT_EQ(hello.token, "");
  EXPECT_FALSE(hello.since);
  EXPECT_EQ(hello.presence, "");
}

TEST(ClientMessages, P6SumIsBinaryOrItsBase64) {
  const Bytes text = value_of_json(R"([0,{"client":"c","since":[1,2,"/ty6mHZUMhA="]}])");
  EXPECT_EQ(decoded<Hello>(text).since->sum, 0xfedcba9876543210U);
  const Bytes nil = value_of_json(R"([0,{"client":"c","since":[1,2,null,"later"]}])");
  EXPECT_EQ(decoded<Hello>(nil).since->sum, std::nullopt);
  Bytes seven;
  append_array(seven, 2);
  append_uint(seven, 0);
  append_map(seven, 2);
  append_string(seven, "client");
  append_string(seven, "c");
  append_string(seven, "since");
  append_array(seven, 3);
  append_uint(seven, 1);
  append_uint(seven, 2);
  append_binary(seven, "1234567");
  EXPECT_NE(refusal(seven), "");
}

TEST(ClientMessages, P10CursorNeedsTwoFiniteNumbers) {
  for (const std::string_view json : {"[1]", "[1,1]", R"([1,"1","2"])", "[1,1,null]", "[1,true,1]",
                                      "[1,1e39,0]", "[1,0,-1e300]"}) {
    EXPECT_NE(refusal_of_json(json).find("cursor expects"), std::string::npos) << json;
  }
  for (const double number :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    Bytes frame = "\x93\x01\x00"s;
    append_double(frame, number);
    EXPECT_NE(refusal(frame), "");
    frame = "\x93\x01\x00"s;
    append_float(frame, static_cast<float>(number));
    EXPECT_NE(refusal(frame), "");
  }
}

TEST(ClientMessages, CursorKeepsFloat32Precision) {
  EXPECT_EQ(decoded<Cursor>(value_of_json("[1,0.1,16777216]")).x, 0.1F);
  EXPECT_EQ(decoded<Cursor>(value_of_json("[1,0.1,16777216]")).y, 16'777'216.0F);
  EXPECT_EQ(decoded<Cursor>(value_of_json("[1,-3.4e38,0]")).x, -3.4e38F);
}

TEST(ClientMessages, ViewIsSortedAndFinite) {
  const auto rect = decoded<View>(value_of_json("[5,[10,-20,-30,40]]")).rect;
  ASSERT_TRUE(rect);
  EXPECT_EQ(rect->x0, -30);
  EXPECT_EQ(rect->y0, -20);
  EXPECT_EQ(rect->x1, 10);
  EXPECT_EQ(rect->y1, 40);
  for (const std::string_view json :
       {"[5]", "[5,1]", "[5,[1,2,3]]", "[5,[1,2,3,null]]", "[5,[1,2,3,1e39]]", "[5,{}]"}) {
    EXPECT_NE(refusal_of_json(json).find("view expects"), std::string::npos) << json;
  }
}

TEST(ClientMessages, C3PushNeedsItsNumber) {
  for (const std::string_view json : {"[3]", "[3,1]", "[3,-1,[]]", R"([3,"1",[]])", "[3,1.5,[]]"}) {
    EXPECT_NE(refusal_of_json(json).find("push expects"), std::string::npos) << json;
  }
  // What the ops look like is decode_ops' to say, and the push is rejected rather than the session
  // closed.
  EXPECT_EQ(decoded<Push>(value_of_json("[3,18446744073709551615,5]")).n,
            std::numeric_limits<std::uint64_t>::max());
}

TEST(ClientMessages, P10EventNeedsANameAndAPayload) {
  const std::string long_name(65, 'e');
  for (const std::string& json : {R"([4])"s, R"([4,"wave"])"s, R"([4,1,2])"s, R"([4,"",2])"s,
                                  R"([4,")" + long_name + R"(",2])"}) {
    EXPECT_NE(refusal_of_json(json).find("event expects"), std::string::npos) << json;
  }
  EXPECT_EQ(refusal_of_json(R"([4,")" + long_name.substr(1) + R"(",2])"), "");
}

TEST(ClientMessages, P10TokenPingAndPresenceNeedTheirItem) {
  for (const std::string_view json : {"[6]", "[6,1]", "[6,null]"}) {
    EXPECT_NE(refusal_of_json(json).find("token expects"), std::string::npos) << json;
  }
  for (const std::string_view json : {"[7]", "[7,-1]", "[7,1.5]", R"([7,"1"])"}) {
    EXPECT_NE(refusal_of_json(json).find("ping expects"), std::string::npos) << json;
  }
  for (const std::string_view json : {"[2]", "[2,null]", "[2,[]]"}) {
    EXPECT_NE(refusal_of_json(json).find("presence expects"), std::string::npos) << json;
  }
}

TEST(ClientMessages, P10RefusalsSayWhere) {
  const Bytes frame = value_of_json("[7,1]") + value_of_json(R"([1,5,"x"])");
  MessageReader reader(frame);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.offset(), 3U);
  const auto refused = reader.next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().offset, 6U);
}

}  // namespace
}  // namespace weft::protocol
