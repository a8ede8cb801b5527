// SPDX-License-Identifier: Apache-2.0
#include "server/config_loader.h"

#include "unit/server/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace weft::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

const Option& option_of(std::string_view stem) {
  return *std::ranges::find(config_options(), stem, &Option::stem);
}

/// What an operator gives on the three ways, and what comes of it.
class ConfigLoader : public ::testing::Test {
 protected:
  void flag(std::string_view stem, std::string text) {
    const Option& option = option_of(stem);
    flags_.push_back({&option, std::move(text), option.flag()});
  }
  void variable(const std::string& entry) { environment_.push_back(entry); }
  void file(const std::string& toml) { config_file_ = folder_.write("weft.toml", toml); }

  Result<LoadedConfig, ConfigProblems> load() {
    return load_config(flags_, config_file_, environment_);
  }
  LoadedConfig loaded() {
    auto result = load();
    if (result) return std::move(*result);
    for (const std::string& problem : result.error()) ADD_FAILURE() << problem;
    return {};
  }
  ConfigProblems problems() {
    const auto result = load();
    return result ? ConfigProblems() : result.error();
  }
  std::string source_of(std::string_view stem) {
    const LoadedConfig result = loaded();
    const auto at = std::ranges::find(result.settings, &option_of(stem), &Setting::option);
    return at == result.settings.end() ? "" : at->source;
  }

  TemporaryFolder folder_;
  std::vector<Setting> flags_;
  std::vector<std::string> environment_;
  std::string config_file_;
};

TEST_F(ConfigLoader, StartsFromTheDefaults) {
  const LoadedConfig result = loaded();
  EXPECT_EQ(result.config.host, "127.0.0.1");
  EXPECT_EQ(result.config.port, 8080);
  EXPECT_EQ(result.config.frame_bytes_max, 1U << 20);
  EXPECT_EQ(result.settings.size(), config_options().size());
  for (const Setting& setting : result.settings) EXPECT_EQ(setting.source, "default");
}

TEST_F(ConfigLoader, TheFileWinsOverTheDefault) {
  file("shards = 2\n");
  EXPECT_EQ(loaded().config.shards, 2U);
  EXPECT_EQ(source_of("shards"), config_file_ + ":1");
}

TEST_F(ConfigLoader, TheEnvironmentWinsOverTheFile) {
  file("shards = 2\n");
  variable("WEFT_SHARDS=3");
  EXPECT_EQ(loaded().config.shards, 3U);
  EXPECT_EQ(source_of("shards"), "WEFT_SHARDS");
}

TEST_F(ConfigLoader, TheFlagWinsOverAll) {
  file("shards = 2\n");
  variable("WEFT_SHARDS=3");
  flag("shards", "4");
  EXPECT_EQ(loaded().config.shards, 4U);
  EXPECT_EQ(source_of("shards"), "--shards");
}

TEST_F(ConfigLoader, OptionsDoNotDisturbEachOther) {
  file("shards = 2\nlog_level = \"warn\"\n");
  variable("WEFT_PUSHES_PER_SECOND=7");
  flag("listen", "[::1]:0");
  const Config config = loaded().config;
  EXPECT_EQ(config.shards, 2U);
  EXPECT_EQ(config.log_level, "warn");
  EXPECT_EQ(config.pushes_per_second, 7U);
  EXPECT_EQ(config.host, "::1");
  EXPECT_EQ(config.port, 0);
  EXPECT_EQ(config.events_per_second, Config().events_per_second);
}

TEST_F(ConfigLoader, TheEnvironmentMayNameTheFile) {
  variable("WEFT_CONFIG=" + folder_.write("other.toml", "shards = 5\n"));
  EXPECT_EQ(loaded().config.shards, 5U);
  file("shards = 6\n");  // --config wins
  EXPECT_EQ(loaded().config.shards, 6U);
}

TEST_F(ConfigLoader, OtherPeoplesVariablesDoNotMatter) {
  variable("PATH=/bin");
  variable("WEFTY=1");
  variable("XWEFT_SHARDS=1");
  EXPECT_EQ(loaded().config.shards, 0U);
}

TEST_F(ConfigLoader, AllTypesComeFromAllWays) {
  file(
      "listen = \"localhost:1\"\norigin = [\"https://a.example\", \"null\"]\nlog_json = true\n"
      "presence_grace_seconds = 2\ndrain_seconds = 0.25\nsessions_max = 9\n");
  Config config = loaded().config;
  EXPECT_EQ(config.host, "localhost");
  EXPECT_THAT(config.origins, ElementsAre("https://a.example", "null"));
  EXPECT_TRUE(config.log_json);
  EXPECT_EQ(config.presence_grace, std::chrono::seconds(2));
  EXPECT_EQ(config.drain_window, std::chrono::milliseconds(250));
  EXPECT_EQ(config.sessions_max, 9U);

  for (const char* entry :
       {"WEFT_LISTEN=127.0.0.1:2", "WEFT_ORIGIN=*", "WEFT_LOG_JSON=false",
        "WEFT_PRESENCE_GRACE_SECONDS=3.5", "WEFT_DRAIN_SECONDS=0", "WEFT_SESSIONS_MAX=10"}) {
    variable(entry);
  }
  config = loaded().config;
  EXPECT_EQ(config.port, 2);
  EXPECT_THAT(config.origins, ElementsAre("*"));
  EXPECT_FALSE(config.log_json);
  EXPECT_EQ(config.presence_grace, std::chrono::milliseconds(3500));
  EXPECT_EQ(config.drain_window, std::chrono::seconds(0));
  EXPECT_EQ(config.sessions_max, 10U);
}

TEST_F(ConfigLoader, AnEmptyOriginListTakesBackTheFiles) {
  file("origin = \"https://a.example\"\n");
  variable("WEFT_ORIGIN=");
  EXPECT_TRUE(loaded().config.origins.empty());
}

TEST_F(ConfigLoader, AProblemNamesValueLimitAndPlace) {
  file("\nshards = 257\n");
  variable("WEFT_LOG_LEVEL=loud");
  flag("drain-seconds", "-1");
  EXPECT_THAT(
      problems(),
      ElementsAre(config_file_ + ":2: shards is \"257\" but must be a whole number from 0 to 256.",
                  "WEFT_LOG_LEVEL is \"loud\" but must be trace, debug, info, warn, error or off.",
                  "--drain-seconds is \"-1\" but must be a number of seconds from 0 to 3600."));
}

TEST_F(ConfigLoader, AValueThatAnotherHidesMustBeRightToo) {
  file("shards = 257\n");
  flag("shards", "1");
  EXPECT_EQ(problems().size(), 1U);
}

TEST_F(ConfigLoader, EveryNumberHasARange) {
  for (const Option& option : config_options()) {
    if (option.kind != OptionKind::number && option.kind != OptionKind::seconds) continue;
    Config config;
    for (const char* text : {"-1", "", "x", "1x", " 1", "0x10", "18446744073709551616", "1e99",
                             "nan", "99999999999", "+1"}) {
      EXPECT_FALSE(option.set(config, text)) << option.stem << " " << text;
    }
    EXPECT_EQ(option.get(config), option.get(Config())) << option.stem;
    EXPECT_THAT(option.allowed, HasSubstr(" to ")) << option.stem;
    EXPECT_TRUE(option.set(config, option.get(Config()))) << option.stem;
  }
}

TEST_F(ConfigLoader, EveryDefaultIsAllowed) {
  for (const Option& option : config_options()) {
    Config config;
    EXPECT_TRUE(option.set(config, option.get(config))) << option.stem;
    EXPECT_EQ(option.get(config), option.get(Config())) << option.stem;
  }
}

TEST_F(ConfigLoader, WholeNumbersTakeTheirLimits) {
  const Option& shards = option_of("shards");
  Config config;
  EXPECT_TRUE(shards.set(config, "256"));
  EXPECT_FALSE(shards.set(config, "257"));
  EXPECT_FALSE(shards.set(config, "1.5"));
  EXPECT_EQ(config.shards, 256U);
  const Option& frame = option_of("frame-bytes-max");
  EXPECT_TRUE(frame.set(config, "16384"));
  EXPECT_FALSE(frame.set(config, "16383"));
}

TEST_F(ConfigLoader, KnowsAnAddressToListenOn) {
  const Option& listen = option_of("listen");
  for (const char* text : {"127.0.0.1:8080", "localhost:0", "[::1]:65535", "weft.example:443"}) {
    Config config;
    EXPECT_TRUE(listen.set(config, text)) << text;
    EXPECT_EQ(listen.get(config), text);
  }
  for (const char* text : {"", "8080", ":8080", "localhost", "localhost:", "localhost:65536",
                           "localhost:-1", "localhost:http", "::1:8080", "[]:1"}) {
    Config config;
    EXPECT_FALSE(listen.set(config, text)) << text;
    EXPECT_EQ(config.port, 8080);
  }
}

TEST_F(ConfigLoader, KnowsAnOrigin) {
  const Option& origin = option_of("origin");
  Config config;
  for (const char* text : {"*", "null", "https://a.example", "http://localhost:5173",
                           "capacitor://localhost", "https://a.example,https://b.example"}) {
    EXPECT_TRUE(origin.set(config, text)) << text;
  }
  for (const char* text : {"a.example", "https://", "https://a.example/", "://a", "https://a b",
                           "https://a.example,,*", "https://u@a.example"}) {
    EXPECT_FALSE(origin.set(config, text)) << text;
  }
}

TEST_F(ConfigLoader, NamesTheNearestSettingOfTheFile) {
  file("shard = 2\n[presence]\npersist = true\n");
  EXPECT_THAT(problems(),
              ::testing::UnorderedElementsAre(
                  config_file_ + ":1: there is no setting shard; the nearest is shards.",
                  config_file_ + ":3: there is no setting presence.persist; the nearest is "
                                 "presence_persist."));
}

TEST_F(ConfigLoader, NamesTheNearestVariable) {
  variable("WEFT_SHARD=2");
  EXPECT_THAT(problems(), ElementsAre("There is no setting for the environment variable "
                                      "WEFT_SHARD; the nearest is WEFT_SHARDS."));
}

TEST_F(ConfigLoader, TheFilesTypesMustSuit) {
  for (const char* line : {"shards = \"2\"", "shards = 2.5", "shards = true", "log_json = \"true\"",
                           "log_json = 1", "listen = 8080", "origin = [1]", "origin = true",
                           "drain_seconds = \"5\"", "shards = [2]"}) {
    file(line);
    const ConfigProblems found = problems();
    ASSERT_EQ(found.size(), 1U) << line;
    EXPECT_THAT(found[0], HasSubstr(config_file_ + ":1: ")) << line;
    EXPECT_THAT(found[0], HasSubstr(" must be ")) << line;
  }
}

TEST_F(ConfigLoader, TheFileMustBeToml) {
  file("shards = 2\nlisten = \n");
  const ConfigProblems found = problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], HasSubstr(config_file_ + ":2: not TOML: "));
}

TEST_F(ConfigLoader, TheFileMustBeReadable) {
  config_file_ = folder_.path("absent.toml");
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_THAT(problems()[0], HasSubstr("absent.toml (--config) cannot be read: No such file"));
  config_file_ = folder_.path("");
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_THAT(problems()[0], HasSubstr("cannot be read: Is a directory"));
  config_file_ = folder_.write("long.toml", std::string(2 << 20, '\n'));
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_THAT(problems()[0], HasSubstr("too long"));
}

TEST_F(ConfigLoader, SomeLimitsGoTogether) {
  flag("frame-bytes-max", "16384");
  flag("event-bytes-max", "16385");
  EXPECT_THAT(problems(), ElementsAre("event_bytes_max is 16385 but must not be more than "
                                      "frame_bytes_max, which is 16384."));
  flags_.clear();
  flag("frame-bytes-max", "20000000");
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_THAT(problems()[0], HasSubstr("outbox_bytes_max"));
}

TEST_F(ConfigLoader, PrintsItselfAsAFileThatMeansTheSame) {
  flag("listen", "[::1]:0");
  flag("data", "a \"quoted\" \\ folder");
  flag("origin", "https://a.example,null");
  flag("drain-seconds", "0.25");
  flag("log-json", "true");
  const LoadedConfig before = loaded();
  const std::string toml = before.to_toml();
  EXPECT_THAT(toml, HasSubstr("# --listen\n"));
  EXPECT_THAT(toml, HasSubstr("# default\n"));
  flags_.clear();
  file(toml);
  const LoadedConfig after = loaded();
  for (const Option& option : config_options()) {
    EXPECT_EQ(option.get(after.config), option.get(before.config)) << option.stem;
  }
}

TEST(ConfigOptions, HaveOneStemInThreeSpellings) {
  std::set<std::string_view> stems;
  for (const Option& option : config_options()) {
    EXPECT_TRUE(stems.insert(option.stem).second) << option.stem;
    EXPECT_FALSE(option.help.empty()) << option.stem;
  }
  EXPECT_EQ(option_of("presence-grace-seconds").flag(), "--presence-grace-seconds");
  EXPECT_EQ(option_of("presence-grace-seconds").variable(), "WEFT_PRESENCE_GRACE_SECONDS");
  EXPECT_EQ(option_of("presence-grace-seconds").toml_key(), "presence_grace_seconds");
}

TEST(ConfigOptions, AreInTheOperatorsManual) {
  std::ifstream file(WEFT_SOURCE_DIR "/docs/operations.md");
  const std::string manual(std::istreambuf_iterator<char>(file), {});
  for (const Option& option : config_options()) {
    const std::string value = option.get(Config());
    const std::string row = "| `" + std::string(option.stem) + "` | " +
                            (value.empty() ? "none" : "`" + value + "`") + " | ";
    EXPECT_THAT(manual, HasSubstr(row));
    const std::string range = option.allowed.substr(option.allowed.find(" from ") + 1);
    if (range.starts_with("from ")) {
      EXPECT_THAT(manual, HasSubstr(row + range.substr(5) + " | "));
    }
  }
}

}  // namespace
}  // namespace weft::server
