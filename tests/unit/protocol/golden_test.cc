// SPDX-License-Identifier: Apache-2.0
// Holds decoders and encoders to tests/golden/messages.json. The SDK's tests do the same, so the
// two sides cannot drift apart.
#include "golden.h"

#include "protocol/json.h"
#include "protocol/messages.h"
#include "protocol/ops.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>

namespace weft::protocol {
namespace {

/// What a message says, as text, so that two of them can be compared and a difference can be read.
struct Describe {
  static std::string json(ByteView raw) {
    Bytes text;
    if (!raw.empty()) append_value_as_json(text, raw);
    return text;
  }
  std::string operator()(const Hello& m) const {
    std::string text = "hello " + std::string(m.client) + "|" + std::string(m.token) + "|" +
                       std::string(m.name) + "|" + std::string(m.sdk) + "|" + json(m.presence);
    if (!m.since) return text;
    return text + "|" + std::to_string(m.since->epoch) + "," + std::to_string(m.since->seq) + "," +
           (m.since->sum ? std::to_string(*m.since->sum) : "-");
  }
  std::string operator()(const Cursor& m) const {
    return m.hidden ? "cursor hidden" : "cursor " + std::to_string(m.x) + "," + std::to_string(m.y);
  }
  std::string operator()(const PresencePatch& m) const { return "presence " + json(m.patch); }
  std::string operator()(const Push& m) const {
    return "push " + std::to_string(m.n) + json(m.ops);
  }
  std::string operator()(const Event& m) const {
    return "event " + std::string(m.name) + json(m.payload);
  }
  std::string operator()(const View& m) const {
    if (!m.rect) return "view none";
    return "view " + std::to_string(m.rect->x0) + "," + std::to_string(m.rect->y0) + "," +
           std::to_string(m.rect->x1) + "," + std::to_string(m.rect->y1);
  }
  std::string operator()(const Token& m) const { return "token " + std::string(m.token); }
  std::string operator()(const Ping& m) const { return "ping " + std::to_string(m.value); }
  std::string operator()(const UnknownKind& m) const { return "unknown " + std::to_string(m.kind); }
};

std::string describe_only(ByteView frame) {
  MessageReader reader(frame);
  const auto message = reader.next();
  if (!message) return "refused: " + std::string(message.error().what);
  if (!reader.at_end()) return "There is more than one message.";
  return std::visit(Describe{}, *message);
}

TEST(GoldenClientMessages, BothFormsDecodeToTheSame) {
  for (const GoldenMessage& row : golden_messages()) {
    if (!row.is_client) continue;
    SCOPED_TRACE(row.name);
    Bytes from_json;
    ASSERT_TRUE(json_to_messages("[" + row.json.dump() + "]", from_json));
    const std::string expected = describe_only(row.msgpack);
    EXPECT_EQ(describe_only(from_json), expected);
    EXPECT_EQ(expected.find("refused"), std::string::npos) << expected;
  }
}

TEST(GoldenClientMessages, DecodeToTheirValues) {
  const auto decoded = [](std::string_view name) {
    return describe_only(golden_message(true, name).msgpack);
  };
  EXPECT_EQ(decoded("hello_minimal"), "hello c-1||||");
  EXPECT_EQ(decoded("hello_with_token"), "hello c-1|header.payload.signature||weft-js/0.1.0|");
  EXPECT_EQ(decoded("hello_development_unicode"),
            R"(hello c-1||Žofie 🧶||{"tool":"pen","selection":["a","b"]})");
  EXPECT_EQ(decoded("hello_resume"), "hello c-1|||||7,4096,72623859790382856");
  EXPECT_EQ(decoded("hello_resume_without_sum"), "hello c-1|||||1,0,-");
  EXPECT_EQ(decoded("cursor_integers"), "cursor 512.000000,300.000000");
  EXPECT_EQ(decoded("cursor_fractions"), "cursor -12.500000,0.250000");
  EXPECT_EQ(decoded("cursor_large"), "cursor 16777216.000000,-16777216.000000");
  EXPECT_EQ(decoded("cursor_hidden"), "cursor hidden");
  EXPECT_EQ(decoded("push_delete"), R"(push 5[[2,"a"]])");
  EXPECT_EQ(decoded("event_nil_payload"), "event pingnull");
  EXPECT_EQ(decoded("view"), "view -100.000000,0.000000,1920.500000,1080.000000");
  EXPECT_EQ(decoded("view_none"), "view none");
  EXPECT_EQ(decoded("ping_big"), "ping 9007199254740992");
  EXPECT_EQ(decoded("unknown_kind"), "unknown 42");
}

TEST(GoldenClientMessages, PushesHaveGoodOps) {
  for (const GoldenMessage& row : golden_messages()) {
    if (!row.is_client || row.name.find("push") != 0) continue;
    MessageReader reader(row.msgpack);
    const auto message = reader.next();
    ASSERT_TRUE(message) << row.name;
    OpList ops;
    EXPECT_TRUE(decode_ops(std::get<Push>(*message).ops, Limits{}, ops)) << row.name;
  }
}

/// A message whose bytes end early is refused wherever they end, and nothing is read past the end.
TEST(GoldenClientMessages, P5EveryTruncationIsRefused) {
  for (const GoldenMessage& row : golden_messages()) {
    if (!row.is_client) continue;
    for (std::size_t size = 1; size < row.msgpack.size(); ++size) {
      // A copy of exact size lets a sanitizer see the first byte read past the end.
      const std::unique_ptr<char[]> cut(new char[size]);
      row.msgpack.copy(cut.get(), size);
      MessageReader reader({cut.get(), size});
      EXPECT_FALSE(reader.next()) << row.name << " cut after " << size;
    }
  }
}

TEST(GoldenClientMessages, P5EveryChangedByteIsAcceptedOrRefusedWithASentence) {
  for (const GoldenMessage& row : golden_messages()) {
    if (!row.is_client) continue;
    for (std::size_t at = 0; at < row.msgpack.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        Bytes changed = row.msgpack;
        changed[at] = static_cast<char>(value);
        MessageReader reader(changed);
        const auto message = reader.next();
        if (message) continue;
        ASSERT_FALSE(message.error().what.empty());
        ASSERT_LE(message.error().offset, changed.size());
      }
    }
  }
}

TEST(GoldenClientMessages, P3StandBackToBackInOneFrame) {
  Bytes frame;
  std::string expected;
  std::string seen;
  for (const GoldenMessage& row : golden_messages()) {
    if (!row.is_client) continue;
    frame += row.msgpack;
    expected += describe_only(row.msgpack) + "\n";
  }
  for (MessageReader reader(frame); !reader.at_end();) {
    const auto message = reader.next();
    ASSERT_TRUE(message) << message.error().what;
    seen += std::visit(Describe{}, *message) + "\n";
  }
  EXPECT_EQ(seen, expected);
}

// Server messages.

constexpr Sum kSum = 0x0102030405060708;
constexpr std::uint64_t kBig = 1ULL << 53;
constexpr UserInfo kAda{"u-ada", "Ada", "#e4572e", "https://example.org/ada.png"};
constexpr UserInfo kBo{"u-bo", "Bo", {}, {}};

/// A raw value, written down as JSON.
Bytes raw(std::string_view json) {
  Bytes out;
  EXPECT_TRUE(json_to_messages("[" + std::string(json) + "]", out)) << json;
  return out;
}

/// How our encoders make each golden server message.
const std::map<std::string, std::function<void(Bytes&)>>& server_encoders() {
  static const Limits limits;
  static const std::map<std::string, std::function<void(Bytes&)>> encoders = {
      {"welcome",
       [](Bytes& out) {
         append_welcome(out, {.actor = {3},
                              .user = kAda,
                              .role = "edit",
                              .epoch = 1,
                              .seq = 0,
                              .sum = 0,
                              .n = 0,
                              .resumed = false,
                              .tick_ms = 16,
                              .token_expires_in_ms = {},
                              .limits = &limits,
                              .server = "weft/0.1.0"});
       }},
      {"welcome_token_expires",
       [](Bytes& out) {
         append_welcome(out, {.actor = {3},
                              .user = kBo,
                              .role = "admin",
                              .epoch = 1,
                              .seq = 9,
                              .sum = kSum,
                              .n = 4,
                              .resumed = false,
                              .tick_ms = 16,
                              .token_expires_in_ms = 3'600'000,
                              .limits = &limits,
                              .server = "weft/0.1.0"});
       }},
      {"welcome_resumed",
       [](Bytes& out) {
         append_welcome(out, {.actor = {kBig},
                              .user = kBo,
                              .role = "view",
                              .epoch = 7,
                              .seq = 4100,
                              .sum = kSum,
                              .n = 12,
                              .resumed = true,
                              .tick_ms = 50,
                              .token_expires_in_ms = {},
                              .limits = &limits,
                              .server = "weft/0.1.0"});
       }},
      {"cursors",
       [](Bytes& out) {
         append_cursors_head(out, 4'294'967'295, 5);
         append_cursor_entry(out, {1}, {false, 512, 300});
         append_cursor_entry(out, {2}, {false, -12.5F, 0.25F});
         append_cursor_entry(out, {3}, {true, 0, 0});
         append_cursor_entry(out, {70'000}, {false, 16'777'216, -16'777'216});
         append_cursor_entry(out, {4}, {false, 33'554'432, 0});
       }},
      {"cursors_none", [](Bytes& out) { append_cursors_head(out, 0, 0); }},
      {"presence_join",
       [](Bytes& out) {
         const Bytes pen = raw(R"({"tool":"pen"})");
         const Bytes none = raw("{}");
         append_presence(out, {.joins = {{{1}, kAda, pen, "active"}, {{2}, kBo, none, "away"}},
                               .updates = {},
                               .activities = {},
                               .leaves = {}});
       }},
      {"presence_update",
       [](Bytes& out) {
         const Bytes patch = raw(R"({"tool":null,"selection":["a"]})");
         append_presence(out,
                         {.joins = {}, .updates = {{{1}, patch}}, .activities = {}, .leaves = {}});
       }},
      {"presence_activity",
       [](Bytes& out) {
         append_presence(out, {.joins = {},
                               .updates = {},
                               .activities = {{{1}, "idle"}, {{2}, "active"}},
                               .leaves = {}});
       }},
      {"presence_leave",
       [](Bytes& out) {
         append_presence(
             out, {.joins = {},
                   .updates = {},
                   .activities = {},
                   .leaves = {{{1}, "left"}, {{2}, "lost"}, {{3}, "kicked"}, {{4}, "replaced"}}});
       }},
      {"presence_all",
       [](Bytes& out) {
         const Bytes none = raw("{}");
         const Bytes patch = raw(R"({"tool":"pen"})");
         append_presence(out, {.joins = {{{5}, kBo, none, "active"}},
                               .updates = {{{1}, patch}},
                               .activities = {{{2}, "away"}},
                               .leaves = {{{3}, "lost"}}});
       }},
      {"presence_none", [](Bytes& out) { append_presence(out, {}); }},
      {"ops_create",
       [](Bytes& out) {
         Bytes title;
         append_string(title, "First light");
         const Property property{"title", title};
         Bytes ops;
         append_array(ops, 1);
         append_create(ops, "a", "concept", {&property, 1});
         append_ops(out, 1, {3}, "u-ada", ops, kSum);
       }},
      {"ops_cascade",
       [](Bytes& out) {
         Bytes ops;
         append_array(ops, 3);
         append_erase(ops, "l");
         append_erase(ops, "b");
         append_erase(ops, "a");
         append_ops(out, 4097, {3}, "u-ada", ops, 0xfedcba9876543210);
       }},
      {"ops_set_binary",
       [](Bytes& out) {
         Bytes thumb;
         append_binary(thumb, {"\x00\xff\x10", 3});
         Bytes nil;
         append_nil(nil);
         const Property properties[] = {{"thumb", thumb}, {"colour", nil}};
         Bytes ops;
         append_array(ops, 1);
         append_set(ops, "a", properties);
         append_ops(out, 4098, {3}, "u-ada", ops, kSum);
       }},
      {"ops_none", [](Bytes& out) { append_ops(out, 4099, {3}, "u-ada", raw("[]"), kSum); }},
      {"event", [](Bytes& out) { append_event(out, {3}, "wave", raw(R"({"at":[1,2]})")); }},
      {"event_unicode", [](Bytes& out) { append_event(out, {3}, "线", raw("null")); }},
      {"snapshot_part",
       [](Bytes& out) {
         append_snapshot_part(out, 2);
         out += raw(R"(["a","concept",{"title":"First light","parent":[null,"a0"]}],
                       ["b","concept",{}])");
       }},
      {"snapshot_last",
       [](Bytes& out) {
         append_snapshot(out, 4096, true, 1, raw(R"(["l","link",{"from":"a","to":"b"}])"), kSum);
       }},
      {"snapshot_empty", [](Bytes& out) { append_snapshot(out, 0, true, 0, {}, 0); }},
      {"ack_commit", [](Bytes& out) { append_ack(out, 1, 4097, AckOutcome::commit, {}, kSum); }},
      {"ack_no_effect",
       [](Bytes& out) { append_ack(out, 2, 4098, AckOutcome::no_effect, {}, kSum); }},
      {"ack_rebased",
       [](Bytes& out) {
         Bytes parent;
         append_parent(parent, {.id = {}, .index = "a0V"});
         const Property property{kParentKey, parent};
         Bytes detail;
         append_array(detail, 1);
         append_set(detail, "b", {&property, 1});
         append_ack(out, 3, 4099, AckOutcome::rebased, detail, kSum);
       }},
      {"ack_rejected",
       [](Bytes& out) {
         Bytes detail;
         append_rejection(detail, ErrorCode::bad_reference,
                          "The link l joins b, which is not there.", 0);
         append_ack(out, 4, 4100, AckOutcome::rejected, detail, kSum);
       }},
      {"ack_duplicate",
       [](Bytes& out) { append_ack(out, 4, 4100, AckOutcome::duplicate, {}, kSum); }},
      {"pong", [](Bytes& out) { append_pong(out, kBig, 1234); }},
      {"goodbye_bad_message",
       [](Bytes& out) {
         append_goodbye(out, CloseCode::bad_message, "The bytes are not a message.",
                        advice_for(CloseCode::bad_message));
       }},
      {"goodbye_token_expired",
       [](Bytes& out) {
         append_goodbye(out, CloseCode::token_expired, "The token has expired.",
                        advice_for(CloseCode::token_expired));
       }},
      {"goodbye_draining",
       [](Bytes& out) {
         append_goodbye(out, CloseCode::draining, "This instance is being stopped.",
                        advice_for(CloseCode::draining));
       }},
      {"error",
       [](Bytes& out) {
         append_error(out, ErrorCode::unknown_kind,
                      "This server does not know messages of kind 42.", 42, 42);
       }},
      {"error_about_push",
       [](Bytes& out) {
         append_error(out, ErrorCode::unavailable,
                      "The log cannot take pushes now; send push 9 again later.", 9, 3);
       }},
      {"pace", [](Bytes& out) { append_pace(out, 33); }},
  };
  return encoders;
}

TEST(GoldenServerMessages, OurEncodersMakeExactlyTheseBytes) {
  for (const auto& [name, encode] : server_encoders()) {
    Bytes out;
    encode(out);
    EXPECT_EQ(hex_of(out), hex_of(golden_message(false, name).msgpack)) << name;
  }
}

TEST(GoldenServerMessages, EveryRowHasAnEncoderAndEveryKindARow) {
  std::set<int> client_kinds;
  std::set<int> server_kinds;
  for (const GoldenMessage& row : golden_messages()) {
    (row.is_client ? client_kinds : server_kinds).insert(row.json.at(0).get<int>());
    EXPECT_TRUE(row.is_client || server_encoders().contains(row.name)) << row.name;
  }
  EXPECT_EQ(client_kinds, (std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 42}));
  EXPECT_EQ(server_kinds, (std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(GoldenServerMessages, P6JsonFormIsTheGoldenJson) {
  for (const GoldenMessage& row : golden_messages()) {
    if (row.is_client) continue;
    Bytes text;
    append_messages_as_json(text, row.msgpack);
    EXPECT_EQ(text, "[" + row.json.dump() + "]") << row.name;
  }
}

TEST(GoldenServerMessages, P5StayWithinTheDepthThatClientsAccept) {
  for (const GoldenMessage& row : golden_messages()) {
    MsgpackReader reader(row.msgpack);
    EXPECT_TRUE(reader.read_value(kDepthMax)) << row.name;
    EXPECT_TRUE(reader.at_end()) << row.name;
  }
}

}  // namespace
}  // namespace weft::protocol
