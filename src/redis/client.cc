// SPDX-License-Identifier: Apache-2.0
#include "redis/client.h"

#include "redis/command_format.h"
#include "redis/slot.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::redis {
namespace {

// A master that was replaced while its links held goes on for some 8 s until its Sentinels demote
// it; what it acknowledges meanwhile is lost. So they are asked even when nothing is wrong.
constexpr std::chrono::seconds kAskSentinelsEvery{2};

Instant read_clock() {
  return std::chrono::steady_clock::now();
}

std::string random_name(std::mt19937_64& random) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  for (int i = 0; i < 16; ++i) name += kDigits[random() & 15];
  return name;
}

}  // namespace

Client::Client(boost::asio::io_context& io, Options options, std::span<const Script> scripts,
               std::uint64_t seed)
    : surroundings_{.io = io,
                    .options = std::move(options),
                    .tls = nullptr,
                    .random = std::mt19937_64(seed)},
      name_(random_name(surroundings_.random)),
      owners_(is_cluster() ? kSlots : 1, nullptr),
      tick_timer_(io),
      hold_timer_(io) {
  if (surroundings_.options.uses_tls) {
    surroundings_.tls = make_tls_context(surroundings_.options.ca_file);
  }
  for (const Script& script : scripts) scripts_.emplace(script.sha1, script.source);
  if (surroundings_.options.mode == Mode::plain) {
    apply({{.first = 0, .last = kSlots - 1, .owner = surroundings_.options.endpoints.at(0)}});
  } else {
    locator_ = std::make_unique<Locator>(
        surroundings_, [this](const std::vector<SlotRange>& ranges) { apply(ranges); });
    look();
  }
  tick();
}

Client::~Client() {
  *is_alive_ = false;
}

void Client::subscribe(ByteView channel, ChannelListener& listener) {
  place(channel, subscriptions_.add(channel, slot_for(channel), listener));
}

void Client::unsubscribe(ByteView channel) {
  const Subscriptions::Entry* entry = subscriptions_.find(channel);
  if (entry == nullptr) return;
  if (entry->node != nullptr) entry->node->unsubscribe(channel);
  subscriptions_.remove(channel);
}

void Client::add_script(const Script& script) {
  if (!scripts_.emplace(script.sha1, script.source).second) return;
  for (const auto& [endpoint, node] : nodes_) {
    if (!node->has_commands()) continue;
    Command load;
    load.bytes = format_command({"SCRIPT", "LOAD", script.source});
    node->send(std::move(load));
  }
}

void Client::flush() {
  for (const auto& [endpoint, node] : nodes_) node->flush();
}

void Client::node_has_output() {
  if (std::exchange(is_flush_posted_, true)) return;
  post(surroundings_.io, [this, is_alive = is_alive_] {
    if (!*is_alive) return;
    is_flush_posted_ = false;
    flush();
  });
}

std::string Client::health() const {
  if (nodes_.empty()) return locator_ == nullptr ? "" : locator_->trouble();
  for (const auto& [endpoint, node] : nodes_) {
    if (!is_owner(*node)) continue;
    if (std::string trouble = node->trouble(); !trouble.empty()) return trouble;
  }
  const auto unowned = std::ranges::count(owners_, nullptr);
  if (unowned > 0) return "Redis: no node has " + std::to_string(unowned) + " of the slots";
  if (!subscription_trouble_.empty()) {
    return "Redis refuses a subscription: " + subscription_trouble_;
  }
  return {};
}

int Client::slot_for(ByteView key) const {
  return is_cluster() ? slot_of(key) : 0;
}

Node& Client::node_at(const Endpoint& endpoint) {
  std::unique_ptr<Node>& node = nodes_[endpoint];
  if (node == nullptr) {
    NodeEvents& events = *this;
    node = std::make_unique<Node>(surroundings_, endpoint, events);
  }
  return *node;
}

/// In a cluster the tag is the first number whose slot is the node's: few are tried when it has a
/// fair share of the slots, some ten thousand when it has but one.
Bytes Client::probe_channel_for(const Node& node) const {
  const Bytes name = "weft:probe:" + name_ + ":{";
  if (!is_cluster()) return name + "0}";
  constexpr int kTries = 40 * kSlots;
  for (int number = 0; number < kTries; ++number) {
    const std::string tag = std::to_string(number);
    if (owners_[static_cast<std::size_t>(slot_of(tag))] == &node) return name + tag + "}";
  }
  return {};
}

void Client::look() {
  if (locator_ == nullptr) return;
  std::vector<Endpoint> known;
  if (is_cluster()) {
    for (const auto& [endpoint, node] : nodes_) {
      if (node->has_commands()) known.push_back(endpoint);
    }
  }
  locator_->look(std::move(known));
}

void Client::apply(const std::vector<SlotRange>& ranges) {
  std::ranges::fill(owners_, nullptr);
  for (const SlotRange& range : ranges) {
    Node* owner = &node_at(range.owner);
    const auto first = owners_.begin() + index_of(range.first);
    std::fill(first, owners_.begin() + index_of(range.last) + 1, owner);
  }
  remove_unowned_nodes();
  for (const auto& [endpoint, node] : nodes_) {
    const Bytes& channel = node->probe_channel();
    const auto slot = static_cast<std::size_t>(slot_for(channel));
    if (channel.empty() || owners_[slot] != node.get()) {
      node->set_probe_channel(probe_channel_for(*node));
    }
  }
  move_subscriptions();
  place_subscriptions();
  release();
}

bool Client::is_owner(const Node& node) const {
  return std::ranges::find(owners_, &node) != owners_.end();
}

void Client::remove_unowned_nodes() {
  const Instant now = read_clock();
  std::erase_if(guests_, [now](const auto& guest) { return guest.second < now; });
  std::vector<std::unique_ptr<Node>> removed;
  for (auto place = nodes_.begin(); place != nodes_.end();) {
    if (is_owner(*place->second) || guests_.contains(place->first)) {
      ++place;
    } else {
      removed.push_back(std::move(place->second));
      place = nodes_.erase(place);
    }
  }
  for (const auto& node : removed) {
    lost(node->close(), to_string(node->endpoint()) + " is not ours to use any more");
    subscriptions_.lost_where(*node, [](const auto&) { return true; });
  }
}

void Client::place(ByteView channel, Subscriptions::Entry& entry) {
  Node* owner = owners_[static_cast<std::size_t>(entry.slot)];
  if (owner == nullptr || !owner->has_subscriber()) return;
  entry.node = owner;
  owner->subscribe(channel, entry.generation);
}

/// Those whose slot is no longer where they are, away from there.
void Client::move_subscriptions() {
  for (const auto& [endpoint, node] : nodes_) {
    const auto is_elsewhere = [&](const Subscriptions::Entry& entry) {
      return owners_[static_cast<std::size_t>(entry.slot)] != node.get();
    };
    subscriptions_.for_each([&](const Bytes& channel, const Subscriptions::Entry& entry) {
      if (entry.node == node.get() && is_elsewhere(entry)) node->unsubscribe(channel);
    });
    subscriptions_.lost_where(*node, is_elsewhere);
  }
}

/// Those that are nowhere.
void Client::place_subscriptions() {
  subscriptions_.for_each([&](const Bytes& channel, Subscriptions::Entry& entry) {
    if (entry.node == nullptr) place(channel, entry);
  });
}

void Client::tick() {
  tick_timer_.start(surroundings_.options.probe_interval, [this] { tick(); });
  const Instant now = read_clock();
  for (const auto& [endpoint, node] : nodes_) node->tick(now);
  place_subscriptions();
  if (!guests_.empty()) remove_unowned_nodes();
  const bool is_incomplete = std::ranges::find(owners_, nullptr) != owners_.end();
  const bool asks_again = surroundings_.options.mode == Mode::sentinel &&
                          now - locator_->looked_at() > kAskSentinelsEvery;
  if (is_incomplete || asks_again) look();
}

void Client::node_subscriber_up(Node&) {
  place_subscriptions();
}

void Client::node_subscriber_down(Node& node) {
  subscriptions_.lost_where(node, [](const auto&) { return true; });
  look();
}

void Client::node_heard(Node& node, SubscriptionFlow::Event event) {
  using Kind = SubscriptionFlow::Event::Kind;
  switch (event.kind) {
    case Kind::confirmed:
      subscription_trouble_.clear();
      return subscriptions_.confirmed(event.channel, event.generation, node);
    case Kind::message:
      return subscriptions_.message(event.channel, event.payload, node);
    case Kind::taken_away:
      look();
      return subscriptions_.lost(event.channel, node);
    case Kind::refused:
      // The next tick asks again.
      if (event.detail.starts_with("MOVED")) {
        look();
      } else {
        subscription_trouble_ = event.detail;
      }
      for (const SubscriptionFlow::Ask& ask : event.asks) {
        Subscriptions::Entry* entry = subscriptions_.find(ask.channel);
        if (entry != nullptr && entry->generation == ask.generation) {
          subscriptions_.lost(ask.channel, node);
        }
      }
      return;
    case Kind::none:
    case Kind::nonsense:
      return;
  }
}

}  // namespace weft::redis
