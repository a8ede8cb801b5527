// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/probe.h"
#include "redis/standing_link.h"
#include "redis/subscription_flow.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weft::redis {

class Node;

class NodeEvents {
 public:
  virtual ~NodeEvents() = default;
  virtual void node_answered(Node& node, Command command, Answer answer) = 0;
  virtual void node_commands_up(Node& node) = 0;
  /// The command link broke with these on their way, or an attempt to connect failed.
  virtual void node_commands_down(Node& node, Link::Unanswered lost) = 0;
  virtual void node_subscriber_up(Node& node) = 0;
  /// It broke, or an attempt failed.
  virtual void node_subscriber_down(Node& node) = 0;
  /// Of the client's own channels only.
  virtual void node_heard(Node& node, SubscriptionFlow::Event event) = 0;
  /// Something is to be flushed.
  virtual void node_has_output() = 0;
  /// The node does not own the slot that it was asked about: the map has changed.
  virtual void node_is_elsewhere() = 0;
};

/// One Redis server as one client sees it: a link for commands, a link for subscriptions, and the
/// probe that goes out by the one and has to come back by the other. When the link for commands
/// breaks, so does the other: whoever follows a channel has to hear of it. Lives on the client's
/// shard.
class Node final : private StandingLinkEvents {
 public:
  /// The references outlive it. Begins to connect; events come later, but for those of tick() and
  /// break_off().
  Node(Surroundings& surroundings, Endpoint endpoint, NodeEvents& events);

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] bool has_commands() const { return commands_.is_up(); }
  [[nodiscard]] bool has_subscriber() const { return subscriber_.is_up(); }
  [[nodiscard]] const std::string& commands_trouble() const { return commands_.trouble(); }

  /// Requires: has_commands().
  void send(Command command);
  /// Both require: has_subscriber().
  void subscribe(ByteView channel, std::uint64_t generation);
  void unsubscribe(ByteView channel);
  void flush();
  [[nodiscard]] std::size_t count_unanswered(int slot);

  /// The probe goes over this channel from now on; empty, as in the beginning: there is no probe.
  /// In a cluster its slot is one of the node's.
  void set_probe_channel(Bytes channel);
  [[nodiscard]] const Bytes& probe_channel() const { return probe_channel_; }
  /// Every probe interval: judges the links and sends the next probe.
  void tick(Instant now);
  /// Both links are to be made anew.
  void break_off(const std::string& why);
  /// For ever, without events.
  [[nodiscard]] Link::Unanswered close();

  /// Why it cannot be relied on now, as a sentence; empty when a probe has made the round trip.
  [[nodiscard]] std::string trouble() const;

 private:
  void came_up(StandingLink& link) override;
  void went_down(StandingLink& link, Link::Unanswered lost) override;
  void answered(StandingLink& link, Command command, Answer answer) override;
  void pushed(StandingLink& link, Answer answer) override;

  void judge(Probe::Verdict verdict);
  void begin_probe();
  void publish_probe(std::uint64_t number);
  /// True when the event was about the probe's channel.
  [[nodiscard]] bool take_probe_event(const SubscriptionFlow::Event& event);

  Surroundings& surroundings_;
  Endpoint endpoint_;
  NodeEvents& events_;
  Bytes probe_channel_;
  SubscriptionFlow flow_;
  Probe probe_;
  std::string probe_trouble_;  // why the last probe was refused, in Redis's words
  Instant last_tick_{};
  bool had_commands_ = false;  // since the last break
  StandingLink commands_;
  StandingLink subscriber_;
};

}  // namespace weft::redis
