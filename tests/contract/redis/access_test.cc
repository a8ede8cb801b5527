// SPDX-License-Identifier: Apache-2.0
// Who may in, and how we know whom we talk to.
#include "redis/settings.h"
#include "support/redis_client_harness.h"
#include "support/redis_server.h"
#include "support/tls_files.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::literals;

namespace weft::test {
namespace {

std::string url_for(const RedisServer& server, const std::string& credentials,
                    const std::string& path = "") {
  return "redis://" + credentials + "@127.0.0.1:" + std::to_string(server.port()) + path;
}

void expect_trouble(RedisClientHarness& harness, const std::string& words) {
  harness.run_until([&] { return harness.client->health().find(words) != std::string::npos; },
                    "a health sentence with: " + words);
}

}  // namespace

TEST(RedisAccess, Password) {
  RedisServer server({"--requirepass", "secret"});
  RedisClientHarness harness(url_for(server, ":secret"));
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "v"}), "OK");

  RedisClientHarness wrong(url_for(server, ":hunter2"));
  expect_trouble(wrong, "refuses AUTH: WRONGPASS");
  EXPECT_EQ(wrong.client->health().find("hunter2"), std::string::npos);
  EXPECT_EQ(wrong.call({"GET", "k"}), "not_sent");

  RedisClientHarness none(server.url());
  expect_trouble(none, "NOAUTH");
}

TEST(RedisAccess, AclUserWithOnlyWhatWeNeed) {
  RedisServer server(
      {"--user", "weft", "on", ">s@cret", "~weft:*", "&weft:*", "+@all", "-@dangerous", "-@admin"});
  RedisClientHarness harness(url_for(server, "weft:s%40cret"));
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "weft:k", "v"}), "OK");
  EXPECT_TRUE(harness.call({"SET", "other", "v"}).starts_with("refused: NOPERM"));

  ChannelRecorder recorder;
  harness.client->subscribe("weft:a", recorder);
  harness.run_until([&] { return recorder.ready.size() == 1; }, "ready");

  std::optional<redis::Settings> settings;
  redis::read_settings(*harness.client, "weft:k", [&](const auto& read) { settings = *read; });
  harness.run_until([&] { return settings.has_value(); }, "settings");
  EXPECT_EQ(settings->appendfsync, "unknown");
}

TEST(RedisAccess, AChannelThatTheAclForbidsIsSaid) {
  RedisServer server({"--user", "weft", "on", ">secret", "~*", "&weft:*", "+@all"});
  RedisClientHarness harness(url_for(server, "weft:secret"));
  harness.run_until_healthy();
  ChannelRecorder recorder;
  harness.client->subscribe("other", recorder);
  expect_trouble(harness, "refuses a subscription: NOPERM");
  server.command({"ACL", "SETUSER", "weft", "allchannels"});
  harness.run_until([&] { return recorder.ready.size() == 1; }, "ready once it is allowed");
  harness.run_until_healthy();
}

TEST(RedisAccess, AnAclWithoutOurChannelsIsSaid) {
  RedisServer server({"--user", "weft", "on", ">secret", "~*", "resetchannels", "+@all"});
  RedisClientHarness harness(url_for(server, "weft:secret"));
  expect_trouble(harness, "NOPERM");
}

TEST(RedisAccess, DatabaseNumber) {
  RedisServer server;
  RedisClientHarness harness(server.url() + "/3");
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "v"}), "OK");
  EXPECT_EQ(server.command({"GET", "k"}), "(nil)");
  EXPECT_EQ(server.command({"EVAL", "redis.call('SELECT', 3) return redis.call('GET', 'k')", "0"}),
            "v");
  RedisClientHarness wrong(server.url() + "/99");
  expect_trouble(wrong, "refuses SELECT: ERR DB index is out of range");
}

TEST(RedisAccess, AReplicaIsNotWritten) {
  RedisServer server;
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  server.command({"REPLICAOF", "127.0.0.1", std::to_string(free_port())});
  EXPECT_TRUE(harness.call({"SET", "k", "v"}).starts_with("refused: READONLY"));
  expect_trouble(harness, "not a master but a replica");
  EXPECT_EQ(harness.call({"SET", "k", "v"}), "not_sent");
  server.command({"REPLICAOF", "NO", "ONE"});
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "v"}), "OK");
}

TEST(RedisAccess, SettingsOfAServer) {
  RedisServer server({"--appendonly", "yes", "--maxmemory", "100mb", "--save", "60 1"});
  RedisClientHarness harness(server.url());
  harness.run_until_healthy();
  std::optional<redis::Settings> settings;
  redis::read_settings(*harness.client, "k", [&](const auto& read) { settings = *read; });
  harness.run_until([&] { return settings.has_value(); }, "settings");
  EXPECT_TRUE(settings->version.starts_with("7."));
  EXPECT_EQ(settings->run_id.size(), 40u);
  EXPECT_EQ(settings->role, "master");
  EXPECT_EQ(settings->cluster_enabled, "0");
  EXPECT_EQ(settings->appendonly, "yes");
  EXPECT_EQ(settings->appendfsync, "everysec");
  EXPECT_EQ(settings->save, "60 1");
  EXPECT_EQ(settings->maxmemory, "104857600");
  EXPECT_EQ(settings->maxmemory_policy, "noeviction");
}

TEST(RedisTls, TheCertificateOfOurAuthorityForThisName) {
  const TlsFiles files("DNS:localhost");
  const std::uint16_t port = free_port();
  RedisServer server(files.redis_options(port));
  const auto trust = [&](redis::Options& options) { options.ca_file = files.ca_file(); };

  RedisClientHarness harness("rediss://localhost:" + std::to_string(port), trust);
  harness.run_until_healthy();
  const std::string value(1'000'000, 'x');
  EXPECT_EQ(harness.call({"SET", "k", value}), "OK");
  EXPECT_EQ(harness.call({"GET", "k"}), value);
  ChannelRecorder recorder;
  harness.client->subscribe("a", recorder);
  harness.run_until([&] { return recorder.ready.size() == 1; }, "ready");
  server.command({"SPUBLISH", "a", value});
  harness.run_until([&] { return recorder.count("a: " + value) == 1; }, "the message");
  server.restart();
  harness.run_until([&] { return recorder.count("ready a") == 2; }, "ready again");

  RedisClientHarness by_address("rediss://127.0.0.1:" + std::to_string(port), trust);
  expect_trouble(by_address, "certificate is refused: IP address mismatch");
  EXPECT_EQ(by_address.call({"GET", "k"}), "not_sent");
}

TEST(RedisTls, AnAddressMayBeInTheCertificate) {
  const TlsFiles files("IP:127.0.0.1");
  const std::uint16_t port = free_port();
  RedisServer server(files.redis_options(port));
  const auto trust = [&](redis::Options& options) { options.ca_file = files.ca_file(); };
  RedisClientHarness harness("rediss://127.0.0.1:" + std::to_string(port), trust);
  harness.run_until_healthy();
  RedisClientHarness by_name("rediss://localhost:" + std::to_string(port), trust);
  expect_trouble(by_name, "certificate is refused: hostname mismatch");
}

TEST(RedisTls, AnotherAuthoritysCertificateIsRefused) {
  const TlsFiles files("DNS:localhost");
  const TlsFiles others("DNS:localhost");
  const std::uint16_t port = free_port();
  RedisServer server(files.redis_options(port));
  RedisClientHarness harness("rediss://localhost:" + std::to_string(port),
                             [&](redis::Options& options) { options.ca_file = others.ca_file(); });
  expect_trouble(harness, "certificate is refused");
  RedisClientHarness by_system("rediss://localhost:" + std::to_string(port));
  expect_trouble(by_system, "certificate is refused");
}

TEST(RedisTls, APlainServerIsNotTlsAndTheOtherWayAround) {
  const TlsFiles files("DNS:localhost");
  const std::uint16_t port = free_port();
  RedisServer server(files.redis_options(port));
  RedisClientHarness tls_to_plain(
      "rediss://localhost:" + std::to_string(server.port()),
      [&](redis::Options& options) { options.ca_file = files.ca_file(); });
  expect_trouble(tls_to_plain, "cannot be used");
  RedisClientHarness plain_to_tls("redis://localhost:" + std::to_string(port));
  expect_trouble(plain_to_tls, "cannot be used");
}

TEST(RedisTls, AMissingAuthorityFileIsSaidAtOnce) {
  try {
    RedisClientHarness harness(
        "rediss://localhost", [](redis::Options& options) { options.ca_file = "/nowhere/ca.crt"; });
    FAIL() << "it was accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/ca.crt"), std::string::npos) << error.what();
  }
}

}  // namespace weft::test
