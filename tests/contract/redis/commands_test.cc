// SPDX-License-Identifier: Apache-2.0
#include "support/redis_client_harness.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace std::literals;

namespace weft::test {

TEST(RedisCommands, AreAnsweredInTheOrderOfTheCalls) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  constexpr int kCount = 10'000;
  std::vector<std::string> answers;
  for (int i = 0; i < kCount; ++i) {
    harness.send({"INCR", "n"}, [&](const redis::Answer& a) { answers.push_back(show(a)); });
  }
  harness.run_until([&] { return answers.size() == kCount; }, "all answers");
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(answers[i], std::to_string(i + 1));
}

TEST(RedisCommands, CarryAnyBytes) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  const std::string value = "a\0b\r\n\xff"s + std::string(3'000'000, 'x');
  EXPECT_EQ(harness.call({"SET", "k", value}), "OK");
  EXPECT_EQ(harness.call({"GET", "k"}), value);
  EXPECT_EQ(harness.call({"GET", "none"}), "(nil)");
  EXPECT_EQ(harness.call({"MGET", "none", "none"}), "[(nil) (nil)]");
}

TEST(RedisCommands, AnErrorIsRefusedInRedissWords) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "text"}), "OK");
  EXPECT_EQ(harness.call({"INCR", "k"}), "refused: ERR value is not an integer or out of range");
}

TEST(RedisCommands, WithoutALinkAreNotSentAndNeverFromInsideTheCall) {
  RedisServer server;
  server.kill();
  RedisClientHarness harness(server.url());
  std::string answer;
  harness.send({"PING"}, [&](const redis::Answer& reply) { answer = show(reply); });
  EXPECT_EQ(answer, "");
  harness.run_until([&] { return !answer.empty(); }, "an answer");
  EXPECT_EQ(answer, "not_sent");
  harness.run_until([&] { return harness.client->health().find("refused") != std::string::npos; },
                    "the reason in the health sentence");
}

TEST(RedisCommands, OnABreakWhatWasSentIsUnknownAndLaterOnesAreNotSent) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  server.pause();
  std::vector<std::string> answers;
  harness.send({"INCR", "n"}, [&](const redis::Answer& a) { answers.push_back(show(a)); });
  harness.client->flush();
  harness.run_for(50ms);
  server.kill();
  harness.run_until([&] { return answers.size() == 1; }, "the answer after the break");
  EXPECT_EQ(answers, std::vector{"unknown"s});
  EXPECT_EQ(harness.call({"INCR", "n"}), "not_sent");
  server.restart();
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"INCR", "n"}), "1");
}

TEST(RedisCommands, WhatHadNotLeftYetIsNotSent) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  server.kill();
  std::vector<std::string> answers;
  // The break is seen in the same turn, before the flush that the call asked for.
  harness.send({"INCR", "n"}, [&](const redis::Answer& a) { answers.push_back(show(a)); });
  harness.run_until([&] { return answers.size() == 1; }, "the answer");
  EXPECT_TRUE(answers[0] == "not_sent" || answers[0] == "unknown") << answers[0];
}

TEST(RedisCommands, ALinkThatDoesNotAnswerWithinTheDeadlineIsBroken) {
  RedisServer server;
  RedisClientHarness harness(server.url(), [](redis::Options& options) {
    options.command_deadline = 300ms;
    options.probe_interval = 100ms;
    options.probe_deadline = 60s;
  });
  harness.run_until_healthy();
  server.pause();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(harness.call({"INCR", "n"}), "unknown");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  server.resume();
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"PING"}), "PONG");
}

TEST(RedisCommands, BeyondTheBoundAreNotSent) {
  RedisServer server;
  RedisClientHarness harness(server.url(),
                             [](redis::Options& options) { options.waiting_bytes_max = 10'000; });
  harness.run_until_healthy();
  std::vector<std::string> answers;
  for (int i = 0; i < 3; ++i) {
    harness.send({"SET", "k", std::string(4'000, 'x')},
                 [&](const redis::Answer& a) { answers.push_back(show(a)); });
  }
  harness.run_until([&] { return answers.size() == 3; }, "all answers");
  EXPECT_EQ(std::ranges::count(answers, "OK"), 2);
  EXPECT_EQ(std::ranges::count(answers, "not_sent"), 1);
  EXPECT_EQ(harness.call({"SET", "k", std::string(4'000, 'x')}), "OK") << "there is room again";
}

TEST(RedisCommands, ComeBackAfterARestart) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "v"}), "OK");
  for (int i = 0; i < 3; ++i) {
    server.restart();
    harness.run_until([&] { return harness.call({"GET", "k"}) == "v"; }, "the value again");
  }
}

TEST(RedisCommands, AnsweringCallbacksMayCall) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  std::string answer;
  harness.send({"INCR", "n"}, [&](const redis::Answer&) {
    harness.send({"INCR", "n"}, [&](const redis::Answer& reply) { answer = show(reply); });
  });
  harness.run_until([&] { return !answer.empty(); }, "the second answer");
  EXPECT_EQ(answer, "2");
}

TEST(RedisCommands, TheEndOfTheClientIsTheEndOfItsCallbacks) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  bool is_answered = false;
  harness.send({"PING"}, [&](const redis::Answer&) { is_answered = true; });
  harness.client->flush();
  harness.send({"PING"}, [&](const redis::Answer&) { is_answered = true; });
  harness.client.reset();
  harness.run_for(100ms);
  EXPECT_FALSE(is_answered);
}

}  // namespace weft::test
