// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/channels.h"
#include "redis/client.h"
#include "redis/commands.h"
#include "redis/url.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// The reply as one line: text as it is, integers, (nil), [a b]; "not_sent", "unknown" or
/// "refused: WORDS" when there is none.
inline std::string show(const redis::Reply& reply) {
  switch (reply.kind) {
    case redis::Reply::Kind::nil:
      return "(nil)";
    case redis::Reply::Kind::integer:
      return std::to_string(reply.integer);
    case redis::Reply::Kind::text:
    case redis::Reply::Kind::error:
      return reply.text;
    case redis::Reply::Kind::array:
      break;
  }
  std::string text = "[";
  for (const redis::Reply& item : reply.items) text += (text.size() > 1 ? " " : "") + show(item);
  return text + "]";
}
inline std::string show(const redis::Answer& answer) {
  if (answer) return show(*answer);
  switch (answer.error().errc) {
    case redis::RedisErrc::not_sent:
      return "not_sent";
    case redis::RedisErrc::unknown:
      return "unknown";
    case redis::RedisErrc::refused:
      break;
  }
  return "refused: " + answer.error().detail;
}

/// Writes down what it is told: "ready a", "lost a", "a: payload".
class ChannelRecorder final : public redis::ChannelListener {
 public:
  void channel_ready(ByteView channel) override {
    ready.emplace_back(channel);
    told.push_back("ready " + Bytes(channel));
    if (on_event) on_event();
  }
  void channel_lost(ByteView channel) override {
    std::erase(ready, channel);
    told.push_back("lost " + Bytes(channel));
    if (on_event) on_event();
  }
  void channel_message(ByteView channel, ByteView payload) override {
    told.push_back(Bytes(channel) + ": " + Bytes(payload));
    if (on_event) on_event();
  }
  /// How often it was told exactly this.
  [[nodiscard]] std::size_t count(const std::string& what) const {
    return static_cast<std::size_t>(std::count(told.begin(), told.end(), what));
  }

  std::vector<std::string> told;
  std::vector<Bytes> ready;        // the channels that are ready now
  std::function<void()> on_event;  // from inside each of the above
};

/// A client with an event loop that the test turns.
class RedisClientHarness {
 public:
  /// `adjust` may change the options before the client is made.
  explicit RedisClientHarness(const std::string& url,
                              const std::function<void(redis::Options&)>& adjust = {},
                              std::vector<redis::Script> scripts = {}) {
    redis::Options options = redis::parse_url(url).value();
    if (adjust) adjust(options);
    static std::uint64_t seed = 0;
    client = std::make_unique<redis::Client>(io, std::move(options), scripts, ++seed);
  }

  /// Turns the loop until it holds; fails the test with `what` after `patience`.
  bool run_until(const std::function<bool()>& holds, const std::string& what,
                 std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "waited in vain for: " << what << "; health: " << client->health();
        return false;
      }
      io.restart();
      io.run_one_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  bool run_until_healthy() {
    return run_until([this] { return client->health().empty(); }, "a healthy client");
  }
  /// Turns the loop for so long: to see that nothing comes.
  void run_for(std::chrono::milliseconds duration) {
    io.restart();
    io.run_for(duration);
  }

  /// The first word that is not the command's name is its key.
  void send(const std::vector<std::string>& words, std::function<void(redis::Answer)> done) {
    const std::vector<ByteView> views(words.begin(), words.end());
    client->call(views.size() > 1 ? views[1] : ByteView("x"), views, std::move(done));
  }
  /// And waits for the answer.
  std::string call(const std::vector<std::string>& words) {
    auto answer = std::make_shared<std::string>();  // It may come when we wait no more.
    send(words, [answer](const redis::Answer& reply) { *answer = show(reply); });
    run_until([&] { return !answer->empty(); }, "the answer to " + words[0]);
    return *answer;
  }
  void run_script(const redis::Script& script, const std::vector<std::string>& keys,
                  const std::vector<std::string>& arguments,
                  std::function<void(redis::Answer)> done) {
    const std::vector<ByteView> key_views(keys.begin(), keys.end());
    const std::vector<ByteView> argument_views(arguments.begin(), arguments.end());
    client->run(script, key_views, argument_views, std::move(done));
  }

  boost::asio::io_context io{1};
  std::unique_ptr<redis::Client> client;
};

}  // namespace weft::test
