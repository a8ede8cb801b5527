// SPDX-License-Identifier: Apache-2.0
#include "redis/url.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::redis {
namespace {

/// What of a URL ends up where, in one line; the sentence when it is refused.
std::string show(ByteView url) {
  const auto options = parse_url(url);
  if (!options) return options.error();
  std::string text = options->mode == Mode::plain      ? "plain"
                     : options->mode == Mode::sentinel ? "sentinel"
                                                       : "cluster";
  if (options->uses_tls) text += " tls";
  for (const Endpoint& endpoint : options->endpoints) text += " " + to_string(endpoint);
  if (!options->master_name.empty()) text += " master=" + options->master_name;
  if (!options->credentials.user.empty()) text += " user=" + options->credentials.user;
  if (!options->credentials.password.empty()) text += " password=" + options->credentials.password;
  return text + " db=" + std::to_string(options->database);
}

}  // namespace

TEST(RedisUrl, OneServer) {
  EXPECT_EQ(show("redis://localhost"), "plain localhost:6379 db=0");
  EXPECT_EQ(show("redis://10.0.0.1:7000/3"), "plain 10.0.0.1:7000 db=3");
  EXPECT_EQ(show("redis://localhost/"), "plain localhost:6379 db=0");
  EXPECT_EQ(show("rediss://redis.example:6380"), "plain tls redis.example:6380 db=0");
}

TEST(RedisUrl, IPv6StandsInBrackets) {
  EXPECT_EQ(show("redis://[::1]"), "plain [::1]:6379 db=0");
  EXPECT_EQ(show("redis://[fe80::1]:7000/1"), "plain [fe80::1]:7000 db=1");
  EXPECT_EQ(parse_url("redis://[::1]")->endpoints[0].host, "::1");
}

TEST(RedisUrl, UserAndPasswordArePercentDecoded) {
  EXPECT_EQ(show("redis://:secret@h"), "plain h:6379 password=secret db=0");
  EXPECT_EQ(show("redis://ann:s%40c%2fret%25@h:1/2"), "plain h:1 user=ann password=s@c/ret% db=2");
  EXPECT_EQ(show("redis://ann:a/b@c:d@h"), "plain h:6379 user=ann password=a/b@c:d db=0");
}

TEST(RedisUrl, Sentinels) {
  EXPECT_EQ(show("redis+sentinel://a,b:7,[::1]:8/mymaster/4"),
            "sentinel a:26379 b:7 [::1]:8 master=mymaster db=4");
  EXPECT_EQ(show("rediss+sentinel://:pw@a/my%20master"),
            "sentinel tls a:26379 master=my master password=pw db=0");
}

TEST(RedisUrl, Clusters) {
  EXPECT_EQ(show("redis+cluster://a,b:7"), "cluster a:6379 b:7 db=0");
  EXPECT_EQ(show("rediss+cluster://u:p@a/"), "cluster tls a:6379 user=u password=p db=0");
}

TEST(RedisUrl, SaysWhatIsWrong) {
  const auto says = [](ByteView url, ByteView words) {
    const std::string text = show(url);
    EXPECT_NE(text.find(words), std::string::npos) << url << ": " << text;
  };
  says("", "begins with none of redis://");
  says("localhost:6379", "begins with none of");
  says("http://localhost", "begins with none of");
  says("redis://", "names no host");
  says("redis://:7000", "names no host");
  says("redis://h:", "port of h");
  says("redis://h:0", "port of h");
  says("redis://h:65536", "port of h");
  says("redis://h:80x", "port of h");
  says("redis://[::1", "] is missing");
  says("redis://[::1]7", "port of ::1");
  says("redis://::1", "in [ ]");
  says("redis://a,b", "several hosts");
  says("redis://h/x", "database");
  says("redis://h/-1", "database");
  says("redis://h/1?timeout=3", "? or #");
  says("redis://name@h", "without a colon");
  says("redis://name:@h", "empty password");
  says("redis://:a%4@h", "hexadecimal");
  says("redis+sentinel://a:1", "names no master");
  says("redis+sentinel://a:1,/m", "names no host");
  says("redis+cluster://a/1", "no databases");
  says(std::string("redis://") + std::string(5000, 'h'), "longer than");
}

TEST(RedisUrl, SentencesNeverHoldThePassword) {
  for (const ByteView url : {"redis://hunter2@h", "redis://u:hunter2@h:x", "redis://u:hunter2@",
                             "redis://u:hunter2%@h", "redis://u:hunter2@h/x", "x://u:hunter2@h"}) {
    EXPECT_EQ(show(url).find("hunter2"), std::string::npos) << show(url);
  }
}

}  // namespace weft::redis
