// SPDX-License-Identifier: Apache-2.0
#include "redis/command_format.h"

#include <gtest/gtest.h>

using namespace std::literals;

namespace weft::redis {

TEST(CommandFormat, WritesWordsWithTheirLengths) {
  EXPECT_EQ(format_command({"SET", "key", "value"}),
            "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n");
}

TEST(CommandFormat, TakesAnyBytesAndEmptyWords) {
  EXPECT_EQ(format_command({"SET", "a\0\r\n"sv, ByteView()}),
            "*3\r\n$3\r\nSET\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n"sv);
}

TEST(CommandFormat, AppendsBehindWhatIsThere) {
  Bytes out = format_command({"PING"});
  const ByteView words[] = {"PING"};
  append_command(words, out);
  EXPECT_EQ(out, "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n");
}

}  // namespace weft::redis
