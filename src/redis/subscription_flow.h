// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/reply.h"
#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace weft::redis {

/// What a subscriber link says and hears about its channels. Pure; one per node, emptied when the
/// link breaks. Redis answers in order, so each confirmation belongs to the oldest question; the
/// generation that came with the question tells an old subscription from a new one to the same
/// channel.
class SubscriptionFlow {
 public:
  /// In a cluster the channels of one command have to be of one slot.
  explicit SubscriptionFlow(bool is_cluster) : is_cluster_(is_cluster) {}

  /// The generation of the probe's channel, which is asked for alone: a refusal that concerns it
  /// must not take others with it.
  static constexpr std::uint64_t kProbeGeneration = 0;

  struct Ask {
    Bytes channel;
    std::uint64_t generation = 0;
  };
  struct Event {
    enum class Kind : std::uint8_t {
      none,
      confirmed,   // `channel`, `generation`
      message,     // `channel`, `payload`
      taken_away,  // `channel`: its slot has moved
      refused,     // `asks` and `detail`, in Redis's words
      nonsense,    // the link is of no further use
    };
    Kind kind = Kind::none;
    ByteView channel = {};  // the views live as long as the reply
    ByteView payload = {};
    std::uint64_t generation = 0;
    std::vector<Ask> asks = {};
    std::string detail = {};
  };

  void subscribe(ByteView channel, std::uint64_t generation);
  void unsubscribe(ByteView channel);
  [[nodiscard]] bool has_something_to_say() const { return !wishes_.empty(); }
  /// The commands for all that was wished since the last call.
  void take_commands(Bytes& out);
  [[nodiscard]] Event read(const Answer& answer);
  void reset();

 private:
  struct Wish {
    bool subscribes;
    bool is_alone;
    int slot;  // 0 outside a cluster
    Ask ask;
  };
  /// One command that is not wholly answered; the channels still to come, in order.
  struct Question {
    bool subscribes;
    std::deque<Ask> asks;
  };

  void write(std::vector<Wish>& wishes, Bytes& out);
  [[nodiscard]] Event read_answer(bool subscribes, ByteView channel);

  bool is_cluster_;
  std::vector<Wish> wishes_;
  std::deque<Question> questions_;
};

}  // namespace weft::redis
