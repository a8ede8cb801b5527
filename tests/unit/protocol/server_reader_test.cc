// SPDX-License-Identifier: Apache-2.0
// Holds the client's half in C++ to the golden frames and to the server's own writers.
#include "protocol/server_reader.h"

#include "golden.h"
#include "protocol/client_writer.h"
#include "protocol/messages.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace weft::protocol {
namespace {

struct Describe {
  std::string operator()(const HeardOther& m) const { return "other " + std::to_string(m.kind); }
  std::string operator()(const HeardWelcome& m) const {
    return "welcome " + std::to_string(m.actor.value) + " seq " + std::to_string(m.seq) + " n " +
           std::to_string(m.n) + " tick " + std::to_string(m.tick_ms) +
           (m.resumed ? " resumed" : "");
  }
  std::string operator()(const HeardCursors& m) const {
    std::string text = "cursors";
    for (const CursorEntry& entry : m.entries) {
      text += " " + std::to_string(entry.actor.value);
      if (entry.cursor.hidden) continue;
      text += ":" + std::to_string(entry.cursor.x) + "," + std::to_string(entry.cursor.y);
    }
    return text;
  }
  std::string operator()(const HeardOps& m) const {
    return "ops " + std::to_string(m.seq) + " of " + std::to_string(m.actor.value) + " " +
           hex_of(m.ops.substr(0, 3));
  }
  std::string operator()(const HeardSnapshot& m) const {
    return "snapshot " + std::to_string(m.seq) + (m.last ? " last" : "");
  }
  std::string operator()(const HeardAck& m) const {
    return "ack " + std::to_string(m.n) + " at " + std::to_string(m.seq) + " outcome " +
           std::to_string(static_cast<int>(m.outcome)) + std::string(m.code.empty() ? "" : " ") +
           std::string(m.code);
  }
  std::string operator()(const HeardGoodbye& m) const {
    return "goodbye " + std::to_string(m.code) + " " + std::string(m.reason);
  }
  std::string operator()(const HeardError& m) const {
    return "error " + std::string(m.code) + " about " + std::to_string(m.about) + " of kind " +
           std::to_string(m.kind);
  }
};

std::string describe_all(ByteView frame) {
  std::vector<CursorEntry> entries;
  ServerMessageReader reader(frame, entries);
  std::string text;
  while (!reader.at_end()) {
    const auto message = reader.next();
    if (!message) return text + "refused";
    text += std::visit(Describe{}, *message) + "\n";
  }
  return text;
}

std::string heard(std::string_view name) {
  return describe_all(golden_message(false, name).msgpack);
}

TEST(ServerReader, ReadsTheGoldenMessages) {
  EXPECT_EQ(heard("welcome"), "welcome 3 seq 0 n 0 tick 16\n");
  EXPECT_EQ(heard("welcome_resumed"), "welcome 9007199254740992 seq 4100 n 12 tick 50 resumed\n");
  EXPECT_EQ(heard("cursors"),
            "cursors 1:512.000000,300.000000 2:-12.500000,0.250000 3 "
            "70000:16777216.000000,-16777216.000000 4:33554432.000000,0.000000\n");
  EXPECT_EQ(heard("cursors_none"), "cursors\n");
  EXPECT_EQ(heard("ops_none"), "ops 4099 of 3 90\n");
  EXPECT_EQ(heard("snapshot_part"), "snapshot 0\n");
  EXPECT_EQ(heard("snapshot_last"), "snapshot 4096 last\n");
  EXPECT_EQ(heard("ack_commit"), "ack 1 at 4097 outcome 0\n");
  EXPECT_EQ(heard("ack_rebased"), "ack 3 at 4099 outcome 2\n");
  EXPECT_EQ(heard("ack_rejected"), "ack 4 at 4100 outcome 3 bad_reference\n");
  EXPECT_EQ(heard("goodbye_draining"), "goodbye 4201 This instance is being stopped.\n");
  EXPECT_EQ(heard("error_about_push"), "error unavailable about 9 of kind 3\n");
  EXPECT_EQ(heard("pong"), "other 7\n");
}

TEST(ServerReader, ReadsEveryGoldenMessageBehindAnother) {
  Bytes all;
  std::string expected;
  for (const GoldenMessage& row : golden_messages()) {
    if (row.is_client) continue;
    all += row.msgpack;
    expected += describe_all(row.msgpack);
  }
  EXPECT_EQ(describe_all(all), expected);
  EXPECT_EQ(expected.find("refused"), std::string::npos) << expected;
}

TEST(ServerReader, RefusesEveryBeginningOfAMessageAndReadsNoByteBeyond) {
  for (const GoldenMessage& row : golden_messages()) {
    if (row.is_client) continue;
    for (std::size_t bytes = 1; bytes < row.msgpack.size(); ++bytes) {
      const Bytes cut(ByteView(row.msgpack).substr(0, bytes));  // of its own, for sanitizers
      EXPECT_EQ(describe_all(cut), "refused") << row.name << " cut at " << bytes;
    }
  }
}

TEST(ServerReader, ReadsCursorsOfEveryForm) {
  Bytes out;
  const Cursor cursors[] = {{false, 0, 127},       {false, 128, 255},      {false, 256, 65'535},
                            {false, 65'536, 1},    {false, 1 << 24, 0.5F}, {false, -1, -128},
                            {false, -129, -40000}, {true, 0, 0},           {false, 3e9F, -3e9F}};
  append_cursors_head(out, 5, std::size(cursors));
  std::string expected = "cursors";
  std::uint64_t actor = 1;
  for (const Cursor& cursor : cursors) {
    append_cursor_entry(out, ActorId{actor}, cursor);
    expected += " " + std::to_string(actor);
    if (!cursor.hidden) {
      expected += ":" + std::to_string(cursor.x) + "," + std::to_string(cursor.y);
    }
    actor = actor * 300 + 7;
  }
  EXPECT_EQ(describe_all(out), expected + "\n");
}

TEST(ServerReader, SkipsWhatIsNewer) {
  Bytes out;
  append_array(out, 4);
  append_uint(out, 1);
  append_uint(out, 5);
  append_array(out, 1);
  append_array(out, 4);
  append_uint(out, 9);
  append_uint(out, 1);
  append_uint(out, 2);
  append_string(out, "later");
  append_string(out, "later");
  append_pace(out, 33);
  EXPECT_EQ(describe_all(out), "cursors 9:1.000000,2.000000\nother 10\n");
}

/// Reads a client's message and writes it again.
Bytes written_again(ByteView message) {
  MessageReader reader(message);
  const auto read = reader.next();
  Bytes out;
  if (!read) return out;
  if (const auto* hello = std::get_if<Hello>(&*read)) append_hello(out, *hello);
  if (const auto* cursor = std::get_if<Cursor>(&*read)) append_cursor(out, *cursor);
  if (const auto* push = std::get_if<Push>(&*read)) append_push(out, *push);
  return out;
}

TEST(ClientWriter, WritesTheGoldenMessages) {
  // Their keys are in another order, their floats are float64, or they have what is to be ignored.
  const std::set<std::string> others = {"hello_with_token", "hello_unknown_key", "cursor_fractions",
                                        "cursor_trailing_item"};
  int compared = 0;
  for (const GoldenMessage& row : golden_messages()) {
    if (!row.is_client || others.contains(row.name)) continue;
    const bool is_ours = row.name.starts_with("hello") || row.name.starts_with("cursor") ||
                         row.name.starts_with("push");
    if (!is_ours) continue;
    EXPECT_EQ(hex_of(written_again(row.msgpack)), hex_of(row.msgpack)) << row.name;
    ++compared;
  }
  EXPECT_GE(compared, 12);
}

TEST(ClientWriter, AHelloWithEverythingIsReadAgain) {
  Bytes presence;
  append_map(presence, 0);
  Bytes out;
  append_hello(out, {.client = "c",
                     .token = "t",
                     .name = "n",
                     .sdk = "s",
                     .since = Since{.epoch = 7, .seq = 8, .sum = 9},
                     .presence = presence});
  MessageReader reader(out);
  const auto read = reader.next();
  ASSERT_TRUE(read);
  const auto& hello = std::get<Hello>(*read);
  EXPECT_EQ(hello.client, "c");
  EXPECT_EQ(hello.token, "t");
  EXPECT_EQ(hello.name, "n");
  EXPECT_EQ(hello.sdk, "s");
  ASSERT_TRUE(hello.since);
  EXPECT_EQ(hello.since->epoch, 7U);
  EXPECT_EQ(hello.since->seq, 8U);
  EXPECT_EQ(hello.since->sum, 9U);
  EXPECT_EQ(hello.presence, presence);
}

}  // namespace
}  // namespace weft::protocol
