// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/loop.h"
#include "redis/options.h"
#include "redis/reply.h"
#include "redis/reply_reader.h"
#include "redis/stream.h"
#include "util/bytes.h"
#include "util/time.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weft::redis {

/// What all links of a client share. Outlives them.
struct Surroundings {
  boost::asio::io_context& io;
  Options options;
  std::shared_ptr<TlsContext> tls;  // null: plain TCP
  std::mt19937_64 random;
};

/// The slot of commands that the client gives itself.
constexpr int kNoSlot = -1;

/// A command on its way. A copy of its bytes stays only where it may have to be sent again.
struct Command {
  Bytes bytes;
  Done done;
  int slot = kNoSlot;
  std::uint64_t number = 0;  // grows from call to call
  std::size_t size = 0;      // of its bytes, also when they are gone
  bool is_run = false;       // of a script
  bool keeps_bytes = false;
  int bounces = 0;                     // how often a node said: not here, not now
  std::unique_ptr<Endpoint> asked_to;  // where it is tried next, once (ASK)
  Instant called_at{};
};

/// The first commands on a link. The link is up when all are answered well.
struct SetupStep {
  Bytes bytes;
  /// What is wrong with the answer; empty: nothing.
  std::function<std::string(const Answer& answer)> check;
};

class LinkEvents {
 public:
  virtual ~LinkEvents() = default;
  virtual void link_up() = 0;
  virtual void link_answered(Command command, Answer answer) = 0;
  /// A reply that no command waits for: on the subscriber's link.
  virtual void link_pushed(Answer answer) = 0;
  /// Once and last. It never came up, or it broke. What was unanswered is there to be taken.
  virtual void link_ended(const std::string& why) = 0;
};

/// One connection to Redis from beginning to end: connect, set up, then commands out and replies
/// in. Events come on the shard and never from inside a call, but for link_ended from inside end().
/// A link may be closed and let go from inside any event.
class Link : public std::enable_shared_from_this<Link> {
 public:
  enum class Kind : std::uint8_t { commands, subscriber };

  /// `events` outlives the link or closes it.
  static std::shared_ptr<Link> open(const Surroundings& surroundings, const Endpoint& to, Kind kind,
                                    std::vector<SetupStep> setup, LinkEvents& events);

  [[nodiscard]] bool is_up() const { return phase_ == Phase::up; }
  /// Both require: is_up(). Nothing leaves before flush().
  void send(Command command);
  void send(ByteView formatted_without_answer);
  /// One write for all that was sent since the last one, or as soon as that one is through.
  void flush();

  /// Since when the oldest unanswered command waits.
  [[nodiscard]] std::optional<Instant> waits_since() const;
  [[nodiscard]] std::size_t count_unanswered(int slot) const;

  /// Breaks the link on purpose.
  void end(const std::string& why);
  /// Ends it without a word.
  void close();

  struct Unanswered {
    std::vector<Command> sent;    // Redis may have carried them out
    std::vector<Command> unsent;  // it has not
  };
  [[nodiscard]] Unanswered take_unanswered();

 private:
  enum class Phase : std::uint8_t { connecting, setting_up, up, ended };
  struct Waiting {
    Command command;
    Instant since;
  };

  Link(const Surroundings& surroundings, Kind kind, std::vector<SetupStep> setup,
       LinkEvents& events);

  void connected();
  void read();
  void received(ByteView bytes);
  void take(Reply reply);
  void take_setup(const Answer& answer);

  Kind kind_;
  LinkEvents& events_;
  Phase phase_ = Phase::connecting;
  Timer connect_timer_;
  std::optional<Stream> stream_;
  ReplyReader reader_;
  std::vector<SetupStep> setup_;
  std::size_t setup_done_ = 0;
  Bytes out_;  // not yet given to the stream
  bool is_writing_ = false;
  std::deque<Waiting> unanswered_;  // in the order of their bytes
  std::size_t sent_count_ = 0;      // of unanswered_, those whose bytes the stream has or had
};

}  // namespace weft::redis
