// SPDX-License-Identifier: Apache-2.0
#include "support/redis_client_harness.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace std::literals;

namespace weft::test {
namespace {

const redis::Script kAppend("#!lua\nreturn redis.call('RPUSH', KEYS[1], ARGV[1])");
const redis::Script kCount("#!lua\nreturn redis.call('LLEN', KEYS[1])");

std::string joined(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += (i > 1 ? " " : "") + std::to_string(i);
  return "[" + text + "]";
}

/// Counts answers and keeps those that are not numbers.
struct Answers {
  int count = 0;
  std::vector<std::string> bad;
  redis::Done take() {
    return [this](const redis::Answer& answer) {
      ++count;
      if (!answer) bad.push_back(show(answer));
    };
  }
};

}  // namespace

TEST(RedisScripts, AreLoadedBeforeTheFirstRun) {
  RedisServer server;
  RedisClientHarness harness(server.url(), {}, {kAppend, kCount});
  harness.run_until_healthy();
  EXPECT_EQ(server.command({"SCRIPT", "EXISTS", kAppend.sha1, kCount.sha1}), "1\n1");
  Answers answers;
  harness.run_script(kAppend, {"k"}, {"1"}, answers.take());
  harness.run_until([&] { return answers.count == 1; }, "the answer");
  EXPECT_TRUE(answers.bad.empty());
  EXPECT_EQ(server.command({"INFO", "commandstats"}).find("cmdstat_eval:"), std::string::npos);
}

TEST(RedisScripts, AnUnknownOneIsLoadedByItsFirstRun) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  Answers answers;
  harness.run_script(kAppend, {"k"}, {"1"}, answers.take());
  harness.run_script(kAppend, {"k"}, {"2"}, answers.take());
  harness.run_until([&] { return answers.count == 2; }, "the answers");
  EXPECT_TRUE(answers.bad.empty());
  EXPECT_EQ(harness.call({"LRANGE", "k", "0", "-1"}), "[1 2]");
  EXPECT_EQ(server.command({"INFO", "errorstats"}).find("NOSCRIPT"), std::string::npos);
}

TEST(RedisScripts, AfterAFlushTheOrderOfRunsStays) {
  RedisServer server;
  RedisClientHarness harness(server.url(), {}, {kAppend, kCount});
  harness.run_until_healthy();
  Answers answers;
  int number = 0;
  for (int round = 0; round < 20; ++round) {
    server.command({"SCRIPT", "FLUSH"});
    for (int i = 0; i < 50; ++i) {
      harness.run_script(kAppend, {"k"}, {std::to_string(++number)}, answers.take());
      if (i % 10 == 0) harness.client->flush();
      // Answers come in between, and with them runs that are called while others are held.
      if (i % 5 == 0) harness.run_for(1ms);
    }
  }
  harness.run_until([&] { return answers.count == number; }, "all answers");
  EXPECT_TRUE(answers.bad.empty()) << answers.bad.front();
  EXPECT_EQ(harness.call({"LRANGE", "k", "0", "-1"}), joined(number));
}

TEST(RedisScripts, TheOrderStaysWhileBouncedRunsAreStillComingBack) {
  RedisServer server;
  RedisClientHarness harness(server.url(), {}, {kAppend});
  harness.run_until_healthy();
  server.command({"SCRIPT", "FLUSH"});
  Answers answers;
  int number = 0;
  const auto append = [&] {
    harness.run_script(kAppend, {"k"}, {std::to_string(++number)}, answers.take());
  };
  // So many that their refusals take many reads, with new calls between the reads.
  for (int i = 0; i < 10'000; ++i) append();
  harness.run_until(
      [&] {
        append();
        return answers.count > 0;
      },
      "the first answer");
  harness.run_until([&] { return answers.count == number; }, "all answers");
  EXPECT_TRUE(answers.bad.empty()) << answers.bad.front();
  EXPECT_EQ(harness.call({"LRANGE", "k", "0", "-1"}), joined(number));
}

TEST(RedisScripts, CommandsCalledBehindABouncedRunWaitForIt) {
  RedisServer server;
  RedisClientHarness harness(server.url(), {}, {kAppend});
  harness.run_until_healthy();
  server.command({"SCRIPT", "FLUSH"});
  Answers answers;
  harness.run_script(kAppend, {"k"}, {"1"}, [&](const redis::Answer& answer) {
    answers.take()(answer);
    harness.run_script(kAppend, {"k"}, {"3"}, answers.take());
  });
  harness.run_script(kAppend, {"k"}, {"2"}, answers.take());
  harness.run_until([&] { return answers.count == 3; }, "all answers");
  EXPECT_EQ(harness.call({"LRANGE", "k", "0", "-1"}), "[1 2 3]");
}

TEST(RedisScripts, AreLoadedAgainAfterARestart) {
  RedisServer server;
  RedisClientHarness harness(server.url(), {}, {kAppend});
  harness.run_until_healthy();
  server.restart();
  harness.run_until([&] { return !harness.client->health().empty(); }, "the break");
  harness.run_until_healthy();
  EXPECT_EQ(server.command({"SCRIPT", "EXISTS", kAppend.sha1}), "1");
}

TEST(RedisScripts, OneThatFailsIsRefused) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  std::string answer;
  const redis::Script bad("#!lua\nreturn redis.call('NONSENSE')");
  harness.run_script(bad, {"k"}, {}, [&](const redis::Answer& a) { answer = show(a); });
  harness.run_until([&] { return !answer.empty(); }, "the answer");
  EXPECT_TRUE(answer.starts_with("refused: ERR Unknown Redis command")) << answer;
}

TEST(RedisScripts, OneThatDoesNotCompileIsRefusedInTheEnd) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  std::string answer;
  const redis::Script bad("#!lua\nthis is not Lua");
  harness.run_script(bad, {"k"}, {}, [&](const redis::Answer& a) { answer = show(a); });
  harness.run_until([&] { return !answer.empty(); }, "the answer");
  EXPECT_TRUE(answer.starts_with("refused: ")) << answer;
  EXPECT_EQ(harness.call({"PING"}), "PONG");
}

TEST(RedisScripts, ABreakWhileTheyAreHeldAnswersAll) {
  RedisServer server;
  RedisClientHarness harness(server.url(), {}, {kAppend});
  harness.run_until_healthy();
  server.command({"SCRIPT", "FLUSH"});
  Answers answers;
  for (int i = 0; i < 100; ++i) {
    harness.run_script(kAppend, {"k"}, {std::to_string(i)}, answers.take());
  }
  harness.client->flush();
  harness.run_for(1ms);
  server.kill();
  harness.run_until([&] { return answers.count == 100; }, "all answers");
  harness.run_until([&] { return !harness.client->health().empty(); }, "the break");
  server.restart();
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"PING"}), "PONG") << "nothing is held any more";
}

}  // namespace weft::test
