// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/entry.h"
#include "log/lua_sources.h"
#include "redis/channels.h"
#include "redis/commands.h"

#include <gtest/gtest.h>

#include <deque>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

inline redis::Reply text(Bytes bytes) {
  return {.kind = redis::Reply::Kind::text, .integer = 0, .text = std::move(bytes), .items = {}};
}
inline redis::Reply list(std::vector<redis::Reply> items) {
  return {.kind = redis::Reply::Kind::array, .integer = 0, .text = {}, .items = std::move(items)};
}
inline redis::Reply words(std::initializer_list<const char*> all) {
  redis::Reply reply = list({});
  for (const char* word : all) reply.items.push_back(text(word));
  return reply;
}

/// A Redis in which nothing happens but what the test says: it keeps calls until they are answered.
class FakeRedis final : public redis::Commands, public redis::Channels {
 public:
  struct Call {
    std::string name;  // of the script's file, or of the command
    std::vector<Bytes> arguments;
    redis::Done done;
  };

  void call(ByteView, std::span<const ByteView> all, redis::Done done) override {
    calls.push_back({Bytes(all[0]), {all.begin(), all.end()}, std::move(done)});
  }
  void run(const redis::Script& script, std::span<const ByteView>,
           std::span<const ByteView> arguments, redis::Done done) override {
    calls.push_back(
        {name_of(script.source), {arguments.begin(), arguments.end()}, std::move(done)});
  }
  void subscribe(ByteView channel, redis::ChannelListener& listener) override {
    listeners[Bytes(channel)] = &listener;
  }
  void unsubscribe(ByteView channel) override { listeners.erase(Bytes(channel)); }

  /// Answers the oldest call, which has to be of this name.
  void answer(const std::string& name, redis::Answer answer) {
    ASSERT_FALSE(calls.empty()) << "nobody asked for " << name;
    ASSERT_EQ(calls.front().name, name);
    const Call call = std::move(calls.front());
    calls.pop_front();
    call.done(std::move(answer));
  }
  void fail(const std::string& name, redis::RedisErrc errc, std::string detail = "a test") {
    answer(name, Failure(redis::RedisError{errc, std::move(detail)}));
  }
  /// The names of what is not answered yet.
  [[nodiscard]] std::string waiting() const {
    std::string names;
    for (const Call& call : calls) names += (names.empty() ? "" : " ") + call.name;
    return names;
  }

  std::deque<Call> calls;
  std::map<Bytes, redis::ChannelListener*> listeners;

 private:
  static std::string name_of(const std::string& source) {
    const std::map<std::string, const char*> all = {{"append", log::lua::append},
                                                    {"archived", log::lua::archived},
                                                    {"expire", log::lua::expire},
                                                    {"keep", log::lua::keep},
                                                    {"offer", log::lua::offer},
                                                    {"open", log::lua::open},
                                                    {"renew", log::lua::renew},
                                                    {"reserve", log::lua::reserve},
                                                    {"restore", log::lua::restore},
                                                    {"seed", log::lua::seed},
                                                    {"save_snapshot", log::lua::save_snapshot},
                                                    {"since", log::lua::since},
                                                    {"withdraw", log::lua::withdraw}};
    for (const auto& [name, lua] : all) {
      const std::string body = lua;
      if (source.ends_with(body.substr(body.find('\n')))) return name;
    }
    return "?";
  }
};

}  // namespace weft::test
