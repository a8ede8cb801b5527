// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/channels.h"
#include "redis/commands.h"
#include "redis/held_commands.h"
#include "redis/locator.h"
#include "redis/loop.h"
#include "redis/node.h"
#include "redis/options.h"
#include "redis/slot_map.h"
#include "redis/subscriptions.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weft::redis {

/// Redis as one shard sees it: a server, the master that Sentinels name, or a cluster. One per
/// shard; everything is called, and calls back, on the shard. README.md says what order holds.
class Client final : public Commands, public Channels, private NodeEvents {
 public:
  /// Begins to connect when `io` runs, and never gives up. `io` outlives it. The scripts are loaded
  /// on each new link before other commands. `seed` feeds its random choices and is another for
  /// each client. Throws std::runtime_error with a sentence when the CA file cannot be read.
  Client(boost::asio::io_context& io, Options options, std::span<const Script> scripts,
         std::uint64_t seed);
  /// Not from inside one of its callbacks. Nothing is called any more; commands under way get no
  /// answer.
  ~Client() override;

  void call(ByteView key, std::span<const ByteView> words, Done done) override;
  void run(const Script& script, std::span<const ByteView> keys,
           std::span<const ByteView> arguments, Done done) override;
  void subscribe(ByteView channel, ChannelListener& listener) override;
  void unsubscribe(ByteView channel) override;

  /// As if the constructor had got it; run() does it by itself.
  void add_script(const Script& script);
  /// Sends what waits, in one write per link. The shard calls it at the end of its turns; what came
  /// since then is sent by itself a little later.
  void flush();
  /// Whether every command has been answered; probes do not count.
  [[nodiscard]] bool is_idle() const { return waiting_bytes_ == 0; }
  /// Why Redis cannot be relied on now, as a sentence; empty when each node has shown lately that
  /// commands and messages come through.
  [[nodiscard]] std::string health() const;

 private:
  void node_answered(Node& node, Command command, Answer answer) override;
  void node_commands_up(Node& node) override;
  void node_commands_down(Node& node, Link::Unanswered lost) override;
  void node_subscriber_up(Node& node) override;
  void node_subscriber_down(Node& node) override;
  void node_heard(Node& node, SubscriptionFlow::Event event) override;
  void node_has_output() override;
  void node_is_elsewhere() override { look(); }

  // Commands.
  void submit(int slot, Bytes bytes, bool is_run, Done done);
  void route(Command command);
  [[nodiscard]] bool bounce(Node& node, Command& command, const std::string& error);
  void hold(Command command);
  void hold_a_while(Command command);
  void release();
  void load_scripts(Node& node, int held_slot);
  void lost(Link::Unanswered commands, const std::string& why);
  void finish(Command command, Answer answer);
  void finish_later(Command command, RedisErrc errc, std::string detail);
  void finish_now();

  // Nodes.
  [[nodiscard]] int index_of(int slot) const { return is_cluster() ? slot : 0; }
  [[nodiscard]] int slot_for(ByteView key) const;
  [[nodiscard]] bool is_cluster() const { return surroundings_.options.mode == Mode::cluster; }
  Node& node_at(const Endpoint& endpoint);
  void apply(const std::vector<SlotRange>& ranges);
  void remove_unowned_nodes();
  void look();
  void note_refusal(Node& node, const std::string& error);
  [[nodiscard]] bool is_owner(const Node& node) const;
  [[nodiscard]] Bytes probe_channel_for(const Node& node) const;
  void move_subscriptions();
  void place_subscriptions();
  void place(ByteView channel, Subscriptions::Entry& entry);
  void tick();
  [[nodiscard]] std::string no_node_sentence(int slot) const;

  Surroundings surroundings_;
  std::string name_;                            // random; in the names of the probes' channels
  std::map<std::string, std::string> scripts_;  // source by digest
  std::map<Endpoint, std::unique_ptr<Node>> nodes_;
  std::vector<Node*> owners_;           // by slot; in all but clusters one place for all
  std::map<Endpoint, Instant> guests_;  // nodes kept until then though they own nothing (ASK)
  std::unique_ptr<Locator> locator_;    // null when plain
  HeldCommands held_;
  Subscriptions subscriptions_;
  std::string subscription_trouble_;  // why Redis refused one, until one is confirmed

  std::uint64_t last_number_ = 0;
  std::size_t waiting_bytes_ = 0;
  std::deque<std::pair<Command, Answer>> finished_;  // to be told from the loop
  bool is_flush_posted_ = false;
  Instant reconnected_at_{};
  Timer tick_timer_;
  Timer hold_timer_;
  std::vector<int> waiting_slots_;                                 // held until hold_timer_
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  // for what is posted
};

}  // namespace weft::redis
