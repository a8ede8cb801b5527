// SPDX-License-Identifier: Apache-2.0
#include "redis/node.h"

#include "redis/command_format.h"

#include <charconv>
#include <chrono>
#include <utility>

namespace weft::redis {
namespace {

constexpr std::uint64_t kProbeGeneration = SubscriptionFlow::kProbeGeneration;

Instant read_clock() {
  return std::chrono::steady_clock::now();
}

}  // namespace

Node::Node(Surroundings& surroundings, Endpoint endpoint, NodeEvents& events)
    : surroundings_(surroundings),
      endpoint_(std::move(endpoint)),
      events_(events),
      flow_(surroundings.options.mode == Mode::cluster),
      probe_(surroundings.options.probe_interval, surroundings.options.probe_deadline),
      commands_(surroundings, endpoint_, Link::Kind::commands, *this),
      subscriber_(surroundings, endpoint_, Link::Kind::subscriber, *this) {}

void Node::send(Command command) {
  commands_.link().send(std::move(command));
  events_.node_has_output();
}

void Node::subscribe(ByteView channel, std::uint64_t generation) {
  flow_.subscribe(channel, generation);
  events_.node_has_output();
}

void Node::unsubscribe(ByteView channel) {
  flow_.unsubscribe(channel);
  events_.node_has_output();
}

void Node::flush() {
  if (commands_.is_up()) commands_.link().flush();
  if (subscriber_.is_up() && flow_.has_something_to_say()) {
    Bytes out;
    flow_.take_commands(out);
    subscriber_.link().send(out);
    subscriber_.link().flush();
  }
}

std::size_t Node::count_unanswered(int slot) {
  return commands_.is_up() ? commands_.link().count_unanswered(slot) : 0;
}

void Node::set_probe_channel(Bytes channel) {
  if (channel == probe_channel_) return;
  if (subscriber_.is_up()) {
    if (!probe_channel_.empty()) unsubscribe(probe_channel_);
    if (!channel.empty()) subscribe(channel, kProbeGeneration);
    probe_.subscriber_up(read_clock());
  }
  probe_channel_ = std::move(channel);
}

void Node::tick(Instant now) {
  // When we were late ourselves, the answer may be there already, unread.
  const bool was_late = now - last_tick_ > 2 * surroundings_.options.probe_interval;
  last_tick_ = now;
  const auto patience = surroundings_.options.command_deadline;
  if (commands_.is_up() && !was_late) {
    const std::optional<Instant> since = commands_.link().waits_since();
    if (since && now - *since > patience) {
      commands_.break_off("it did not answer a command within " + std::to_string(patience.count()) +
                          " ms");
    }
  }
  if (probe_channel_.empty()) return;
  const Probe::Step step = probe_.tick(now);
  judge(step.verdict);
  if (step.publish && commands_.is_up()) publish_probe(*step.publish);
}

void Node::judge(Probe::Verdict verdict) {
  if (verdict == Probe::Verdict::fine) return;
  const std::string within =
      " within " + std::to_string(surroundings_.options.probe_deadline.count()) + " ms";
  if (verdict == Probe::Verdict::node_is_mute) {
    commands_.break_off("it did not answer" + within);
    subscriber_.break_off("it did not answer" + within);
  } else {
    const std::string refusal = probe_trouble_.empty() ? "" : ": " + probe_trouble_;
    subscriber_.break_off("no message came through" + within + refusal);
  }
}

void Node::begin_probe() {
  if (probe_channel_.empty() || !commands_.is_up()) return;
  if (const auto number = probe_.begin(read_clock())) publish_probe(*number);
}

void Node::publish_probe(std::uint64_t number) {
  Command command;
  command.bytes = format_command({"SPUBLISH", probe_channel_, std::to_string(number)});
  command.done = [this, number](const Answer& answer) {
    if (answer || answer.error().errc == RedisErrc::refused) probe_.published(number);
    probe_trouble_ = answer ? "" : answer.error().detail;
    if (probe_trouble_.starts_with("MOVED")) events_.node_is_elsewhere();
  };
  send(std::move(command));
}

void Node::break_off(const std::string& why) {
  commands_.break_off(why);
  subscriber_.break_off(why);
}

Link::Unanswered Node::close() {
  (void)subscriber_.close();
  return commands_.close();
}

std::string Node::trouble() const {
  const std::string name = "Redis at " + to_string(endpoint_);
  if (!commands_.is_up()) return name + " cannot be used: " + commands_.trouble();
  if (!subscriber_.is_up()) {
    return name + " cannot be used for messages: " + subscriber_.trouble();
  }
  if (!probe_.is_proven()) {
    return name + " has not yet shown that messages come through" +
           (probe_trouble_.empty() ? "" : ": " + probe_trouble_);
  }
  return {};
}

void Node::came_up(StandingLink& link) {
  if (&link == &commands_) {
    had_commands_ = true;
    probe_.commands_up(read_clock());
    events_.node_commands_up(*this);
    begin_probe();
    return;
  }
  probe_.subscriber_up(read_clock());
  if (!probe_channel_.empty()) subscribe(probe_channel_, kProbeGeneration);
  events_.node_subscriber_up(*this);
}

void Node::went_down(StandingLink& link, Link::Unanswered lost) {
  if (&link == &commands_) {
    probe_.commands_down();
    // What answers next may be another Redis, or an older one, than the one whose messages came.
    if (std::exchange(had_commands_, false)) subscriber_.break_off("the link for commands broke");
    return events_.node_commands_down(*this, std::move(lost));
  }
  probe_.subscriber_down();
  flow_.reset();
  events_.node_subscriber_down(*this);
}

void Node::answered(StandingLink&, Command command, Answer answer) {
  events_.node_answered(*this, std::move(command), std::move(answer));
}

void Node::pushed(StandingLink& link, Answer answer) {
  SubscriptionFlow::Event event = flow_.read(answer);
  if (event.kind == SubscriptionFlow::Event::Kind::none) return;
  if (event.kind == SubscriptionFlow::Event::Kind::nonsense) {
    return link.break_off("it sent what a subscriber cannot use: " + event.detail);
  }
  if (take_probe_event(event)) return;
  events_.node_heard(*this, std::move(event));
}

bool Node::take_probe_event(const SubscriptionFlow::Event& event) {
  using Kind = SubscriptionFlow::Event::Kind;
  if (event.kind == Kind::refused) {
    if (event.asks.size() != 1 || event.asks[0].generation != kProbeGeneration) return false;
    probe_trouble_ = event.detail;
    if (event.detail.starts_with("MOVED")) events_.node_is_elsewhere();
    return true;
  }
  if (event.kind == Kind::confirmed && event.generation == kProbeGeneration) {
    begin_probe();
    return true;
  }
  if (event.kind == Kind::confirmed || event.channel != probe_channel_) return false;
  if (event.kind == Kind::taken_away) events_.node_is_elsewhere();
  if (event.kind == Kind::message) {
    std::uint64_t number = 0;
    const char* end = event.payload.data() + event.payload.size();
    if (std::from_chars(event.payload.data(), end, number).ec == std::errc()) probe_.heard(number);
  }
  return true;
}

}  // namespace weft::redis
