// SPDX-License-Identifier: Apache-2.0
#include "server/command_line.h"

#include "server/exit_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace weft::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Arguments = std::vector<std::string>;

template <class Kind>
Kind parsed_as(const Arguments& arguments) {
  Command command = parse_command_line(arguments);
  if (auto* kind = std::get_if<Kind>(&command)) return std::move(*kind);
  if (const auto* answer = std::get_if<Answer>(&command)) ADD_FAILURE() << answer->text;
  return {};
}

Answer refused(const Arguments& arguments) {
  const Command command = parse_command_line(arguments);
  const auto* answer = std::get_if<Answer>(&command);
  if (answer == nullptr) {
    ADD_FAILURE() << "taken";
    return {};
  }
  EXPECT_EQ(answer->status, kExitUsage);
  return *answer;
}

std::map<std::string, std::string> flags_of(const std::vector<Setting>& settings) {
  std::map<std::string, std::string> result;
  for (const Setting& setting : settings) {
    EXPECT_EQ(setting.source, setting.option->flag());
    result[setting.source] = setting.text;
  }
  return result;
}

using Flags = std::map<std::string, std::string>;

TEST(CommandLine, ServeTakesFlags) {
  const auto serve = parsed_as<ServeCommand>(
      {"serve", "--listen", "localhost:1", "--shards=2", "--config", "weft.toml"});
  EXPECT_EQ(flags_of(serve.flags), (Flags{{"--listen", "localhost:1"}, {"--shards", "2"}}));
  EXPECT_EQ(serve.config_file, "weft.toml");
  EXPECT_TRUE(parsed_as<ServeCommand>({"serve"}).flags.empty());
}

TEST(CommandLine, EveryOptionHasItsFlag) {
  for (const Option& option : config_options()) {
    const auto serve = parsed_as<ServeCommand>({"serve", option.flag(), "x"});
    EXPECT_EQ(flags_of(serve.flags), (Flags{{option.flag(), "x"}}));
    const auto check = parsed_as<CheckConfigCommand>({"check-config", option.flag() + "=x"});
    EXPECT_EQ(flags_of(check.flags), (Flags{{option.flag(), "x"}}));
  }
}

TEST(CommandLine, AFlagAloneSaysTrue) {
  const auto serve =
      parsed_as<ServeCommand>({"serve", "--log-json", "--presence-persist", "false"});
  EXPECT_EQ(flags_of(serve.flags),
            (Flags{{"--log-json", "true"}, {"--presence-persist", "false"}}));
  EXPECT_EQ(flags_of(parsed_as<ServeCommand>({"serve", "--log-json=false"}).flags),
            (Flags{{"--log-json", "false"}}));
}

TEST(CommandLine, OriginsAreRepeated) {
  const auto serve =
      parsed_as<ServeCommand>({"serve", "--origin", "https://a", "--shards", "1", "--origin", "*"});
  EXPECT_EQ(flags_of(serve.flags), (Flags{{"--origin", "https://a,*"}, {"--shards", "1"}}));
}

TEST(CommandLine, OtherFlagsAreNot) {
  EXPECT_THAT(refused({"serve", "--shards", "1", "--shards", "2"}).text, HasSubstr("--shards"));
}

TEST(CommandLine, AFlagNeedsItsValue) {
  EXPECT_THAT(refused({"serve", "--shards"}).text, HasSubstr("--shards"));
}

TEST(CommandLine, NamesTheNearestFlag) {
  EXPECT_THAT(refused({"serve", "--lisen", "x"}).text,
              HasSubstr("There is no flag --lisen; the nearest is --listen."));
  EXPECT_THAT(refused({"serve", "--shard=1"}).text,
              HasSubstr("There is no flag --shard; the nearest is --shards."));
  EXPECT_THAT(
      refused({"token", "--auth-key", "k", "--sub", "a", "--canvas", "*=edit", "--tl", "1"}).text,
      HasSubstr("There is no flag --tl; the nearest is --ttl."));
}

TEST(CommandLine, TakesNothingElse) {
  EXPECT_THAT(refused({"serve", "now"}).text, HasSubstr("weft serve does not take now."));
}

TEST(CommandLine, NamesTheNearestCommand) {
  EXPECT_THAT(refused({"sevre"}).text,
              HasSubstr("There is no command sevre; the nearest is serve."));
}

TEST(CommandLine, HelpsWhoSaysNothing) {
  EXPECT_THAT(refused({}).text, HasSubstr("serve"));
}

TEST(CommandLine, AnswersHelpAndVersion) {
  for (const auto& [arguments, part] :
       std::vector<std::pair<Arguments, std::string>>{{{"--version"}, "weft "},
                                                      {{"--help"}, "check-config"},
                                                      {{"serve", "--help"}, "--frame-bytes-max"},
                                                      {{"token", "--help"}, "--ttl"}}) {
    const Command command = parse_command_line(arguments);
    const auto* answer = std::get_if<Answer>(&command);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->status, kExitOk);
    EXPECT_THAT(answer->text, HasSubstr(part));
  }
}

TEST(CommandLine, TokenTakesWhoAndWhat) {
  const auto token = parsed_as<TokenCommand>(
      {"token", "--auth-key", "k", "--sub", "ada", "--name", "Ada", "--color", "#f00", "--avatar",
       "https://a", "--canvas", "a=edit", "--ttl", "60", "--canvas", "b*=view"});
  EXPECT_EQ(token.key_file, "k");
  EXPECT_EQ(token.user, "ada");
  EXPECT_EQ(token.name, "Ada");
  EXPECT_EQ(token.color, "#f00");
  EXPECT_EQ(token.avatar, "https://a");
  EXPECT_THAT(token.canvases, ElementsAre("a=edit", "b*=view"));
  EXPECT_EQ(token.ttl_seconds, 60);
}

TEST(CommandLine, TokenNeedsKeyUserAndCanvas) {
  EXPECT_THAT(refused({"token", "--sub", "a", "--canvas", "a=edit"}).text, HasSubstr("--auth-key"));
  EXPECT_THAT(refused({"token", "--auth-key", "k", "--canvas", "a=edit"}).text, HasSubstr("--sub"));
  EXPECT_THAT(refused({"token", "--auth-key", "k", "--sub", "a"}).text, HasSubstr("--canvas"));
}

TEST(CommandLine, BenchTakesAScenarioAndItsFlags) {
  const auto bench =
      parsed_as<BenchCommand>({"bench", "concepts", "--url", "ws://127.0.0.1:1", "--url",
                               "ws://127.0.0.1:2", "--rooms", "3", "--people=4", "--rate", "0.5",
                               "--seconds", "1", "--pid", "7", "--redis-pid", "8", "--json"});
  EXPECT_EQ(bench.scenario, "concepts");
  EXPECT_THAT(bench.urls, ElementsAre("ws://127.0.0.1:1", "ws://127.0.0.1:2"));
  EXPECT_EQ(bench.plan.rooms, 3U);
  EXPECT_EQ(bench.plan.people, 4U);
  EXPECT_EQ(bench.rate, 0.5);
  EXPECT_FALSE(bench.warmup_seconds);
  EXPECT_THAT(bench.server_pids, ElementsAre(7));
  EXPECT_THAT(bench.redis_pids, ElementsAre(8));
  EXPECT_TRUE(bench.json);
}

TEST(CommandLine, BenchSaysWhatItDoesNotTake) {
  EXPECT_THAT(refused({"bench"}).text, HasSubstr("scenario is required"));
  EXPECT_THAT(refused({"bench", "cursors", "--room", "2"}).text,
              HasSubstr("the nearest is --rooms"));
  EXPECT_THAT(refused({"bench", "cursors", "concepts"}).text,
              HasSubstr("weft bench does not take concepts"));
  EXPECT_THAT(refused({"bench", "cursors", "--people", "-1"}).text, HasSubstr("--people"));
  EXPECT_THAT(refused({"bench", "cursors", "--rate", "fast"}).text, HasSubstr("--rate"));
}

}  // namespace
}  // namespace weft::server
