// SPDX-License-Identifier: Apache-2.0
#include "redis/reply_reader.h"

#include <gtest/gtest.h>

#include <string>

using namespace std::literals;

namespace weft::redis {
namespace {

std::string show(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::integer:
      return std::to_string(reply.integer);
    case Reply::Kind::text:
      return "'" + reply.text + "'";
    case Reply::Kind::error:
      return "!" + reply.text;
    case Reply::Kind::array:
      break;
  }
  std::string text = "[";
  for (const Reply& item : reply.items) text += (text.size() > 1 ? " " : "") + show(item);
  return text + "]";
}

/// All replies in what is fed so many bytes at a time, and the error that ends them.
std::string read(ByteView bytes, std::size_t step, ReplyLimits limits = {}) {
  ReplyReader reader(limits);
  std::string text;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      auto reply = reader.next();
      if (!reply) return text + "error: " + reply.error();
      if (!*reply) break;
      text += show(**reply) + "\n";
    }
  }
  return text;
}

}  // namespace

TEST(ReplyReader, ReadsEveryKindHoweverItIsCut) {
  constexpr ByteView kBytes =
      "+OK\r\n:-42\r\n$5\r\na\0\r\nb\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n-ERR no\r\n"
      "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n-ERR in\r\n$-1\r\n"sv;
  const std::string expected =
      "'OK'\n-42\n'a\0\r\nb'\n''\nnil\nnil\n[]\n!ERR no\n[1 ['x' !ERR in] nil]\n"s;
  for (std::size_t step = 1; step <= kBytes.size(); ++step) {
    EXPECT_EQ(read(kBytes, step), expected) << "fed " << step << " bytes at a time";
  }
}

TEST(ReplyReader, WhatIsNotTheProtocolIsAnError) {
  EXPECT_EQ(read("HTTP/1.1 400 Bad Request\r\n", 100).substr(0, 30),
            "error: a reply is not RESP2: P");
  EXPECT_TRUE(read("$-5\r\n", 1).starts_with("error: "));
  EXPECT_TRUE(read("*99999999999999\r\n", 1).starts_with("error: "));
}

TEST(ReplyReader, RepliesBeforeAnErrorStillCome) {
  EXPECT_TRUE(read(":1\r\n?\r\n", 100).starts_with("1\nerror: "));
}

TEST(ReplyReader, NestsSevenDeepAndNoDeeper) {
  std::string bytes;
  for (int depth = 0; depth < 7; ++depth) bytes += "*1\r\n";
  EXPECT_EQ(read(bytes + ":1\r\n", 1), "[[[[[[[1]]]]]]]\n");
  EXPECT_TRUE(read("*1\r\n*1\r\n" + bytes + ":1\r\n", 1).starts_with("error: "));
}

TEST(ReplyReader, ALongTextIsRefusedBeforeItIsThere) {
  const ReplyLimits limits{.bytes_max = 1000};
  std::string bytes = "$900\r\n" + std::string(900, 'x') + "\r\n";
  EXPECT_EQ(read(bytes, 7, limits), "'" + std::string(900, 'x') + "'\n");
  bytes = "$100000\r\n" + std::string(1100, 'x');
  EXPECT_EQ(read(bytes, 7, limits), "error: a reply passes its limits");
}

TEST(ReplyReader, TextsAndElementsOfAReplyAreCountedTogether) {
  const ReplyLimits limits{.bytes_max = 1000, .elements_max = 10};
  std::string bytes = "*3\r\n";
  for (int i = 0; i < 3; ++i) bytes += "$400\r\n" + std::string(400, 'x') + "\r\n";
  EXPECT_EQ(read(bytes, 7, limits), "error: a reply passes its limits");
  EXPECT_EQ(read("*11\r\n", 7, limits), "error: a reply passes its limits");
  EXPECT_EQ(read("*2\r\n*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*5\r\n", 7, limits),
            "error: a reply passes its limits");
  // The next reply counts anew.
  EXPECT_EQ(read("*6\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*1\r\n:1\r\n*9\r\n", 7, limits),
            "[1 1 1 1 1 1]\n[1]\n");
}

TEST(ReplyReader, MayEndInTheMiddleOfAReply) {
  ReplyReader reader;
  reader.feed("*2\r\n$3\r\nabc\r\n");
  EXPECT_FALSE(reader.next().value().has_value());
}

}  // namespace weft::redis
