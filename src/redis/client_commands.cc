// SPDX-License-Identifier: Apache-2.0
// How the client's commands find their way, and how they come back.
#include "redis/client.h"
#include "redis/command_format.h"
#include "redis/slot.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::redis {
namespace {

// What Redis clients commonly allow; a command that was sent around more often goes in circles.
constexpr int kBouncesMax = 5;
// TRYAGAIN, and a node that we do not have a link to yet, are over in about so much.
constexpr std::chrono::milliseconds kHoldAWhile{50};
// A node that takes slots over but owns none yet is known by ASK alone; forgotten after this long.
constexpr std::chrono::seconds kGuestStays{10};
// A plain server that says READONLY is connected to anew, for its name may lead elsewhere now.
constexpr std::chrono::seconds kBetweenReconnects{1};

Instant read_clock() {
  return std::chrono::steady_clock::now();
}

bool begins_with_one_of(const std::string& text, std::initializer_list<ByteView> words) {
  return std::ranges::any_of(words, [&](ByteView word) { return text.starts_with(word); });
}

}  // namespace

void Client::call(ByteView key, std::span<const ByteView> words, Done done) {
  submit(slot_for(key), format_command(words), false, std::move(done));
}

void Client::run(const Script& script, std::span<const ByteView> keys,
                 std::span<const ByteView> arguments, Done done) {
  add_script(script);
  const std::string key_count = std::to_string(keys.size());
  std::vector<ByteView> words = {"EVALSHA", script.sha1, key_count};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  submit(slot_for(keys[0]), format_command(words), true, std::move(done));
}

void Client::submit(int slot, Bytes bytes, bool is_run, Done done) {
  Command command;
  command.size = bytes.size();
  command.bytes = std::move(bytes);
  command.done = std::move(done);
  command.slot = slot;
  command.number = ++last_number_;
  command.is_run = is_run;
  command.keeps_bytes = is_run || is_cluster();
  command.called_at = read_clock();
  waiting_bytes_ += command.size;
  if (waiting_bytes_ > surroundings_.options.waiting_bytes_max) {
    return finish_later(std::move(command), RedisErrc::not_sent,
                        "too much waits for Redis: more than " +
                            std::to_string(surroundings_.options.waiting_bytes_max) + " bytes");
  }
  if (held_.holds(slot)) return held_.add(std::move(command));
  route(std::move(command));
}

/// To the node that has the slot now, or that was named by ASK.
void Client::route(Command command) {
  const std::unique_ptr<Endpoint> asked_to = std::exchange(command.asked_to, nullptr);
  Node* node = owners_[static_cast<std::size_t>(command.slot)];
  if (asked_to != nullptr) node = &node_at(*asked_to);
  if (node == nullptr || !node->has_commands()) {
    // One that was bounced may have its new node in a moment. The others hear at once.
    if (command.bounces > 0 && is_cluster()) return hold_a_while(std::move(command));
    const int slot = command.slot;
    return finish_later(std::move(command), RedisErrc::not_sent, no_node_sentence(slot));
  }
  if (asked_to != nullptr) {
    Command asking;
    asking.bytes = format_command({"ASKING"});
    node->send(std::move(asking));
  }
  node->send(std::move(command));
}

std::string Client::no_node_sentence(int slot) const {
  const Node* node = owners_[static_cast<std::size_t>(slot)];
  if (node != nullptr) {
    return "there is no link to Redis at " + to_string(node->endpoint()) + ": " +
           node->commands_trouble();
  }
  if (!locator_->trouble().empty()) return locator_->trouble();
  return "no Redis node has slot " + std::to_string(slot);
}

void Client::node_answered(Node& node, Command command, Answer answer) {
  if (command.slot == kNoSlot) return finish(std::move(command), std::move(answer));
  const int slot = command.slot;
  held_.answered(slot);
  if (answer || !bounce(node, command, answer.error().detail)) {
    if (!answer) note_refusal(node, answer.error().detail);
    finish(std::move(command), std::move(answer));
  }
  if (held_.holds(slot)) release();
}

/// False: the error is for the caller. True: the command was not carried out and is held, to be
/// sent again in its turn.
bool Client::bounce(Node& node, Command& command, const std::string& error) {
  const bool is_without_script = command.is_run && error.starts_with("NOSCRIPT");
  const auto redirection = is_cluster() ? parse_redirection(error, node.endpoint()) : std::nullopt;
  const bool is_try_again = is_cluster() && error.starts_with("TRYAGAIN");
  if (!is_without_script && !redirection && !is_try_again) return false;
  const auto age = read_clock() - command.called_at;
  if (age > surroundings_.options.command_deadline) return false;
  // Waiting is bounded by time, going around by number.
  if (!is_try_again && ++command.bounces > kBouncesMax) return false;

  const int slot = command.slot;
  if (is_try_again) {
    hold_a_while(std::move(command));
    return true;
  }
  if (redirection) {
    if (redirection->is_ask) {
      command.asked_to = std::make_unique<Endpoint>(redirection->to);
      guests_[redirection->to] = read_clock() + kGuestStays;
      if (!node_at(redirection->to).has_commands()) {
        // Where it came from will say it again when we have the link.
        command.asked_to = nullptr;
        --command.bounces;
        hold_a_while(std::move(command));
        return true;
      }
    } else {
      owners_[static_cast<std::size_t>(slot)] = &node_at(redirection->to);
      look();
    }
  }
  hold(std::move(command));
  if (is_without_script && held_.begin_loading(slot)) load_scripts(node, slot);
  return true;
}

void Client::hold(Command command) {
  const int slot = command.slot;
  if (!held_.holds(slot)) {
    std::size_t under_way = 0;
    for (const auto& [endpoint, node] : nodes_) under_way += node->count_unanswered(slot);
    held_.hold(slot, under_way);
  }
  held_.add(std::move(command));
}

void Client::hold_a_while(Command command) {
  const int slot = command.slot;
  if (read_clock() - command.called_at > surroundings_.options.command_deadline) {
    return finish_later(std::move(command), RedisErrc::not_sent, no_node_sentence(slot));
  }
  hold(std::move(command));
  held_.wait(slot);
  waiting_slots_.push_back(slot);
  if (waiting_slots_.size() > 1) return;  // The timer runs.
  hold_timer_.start(kHoldAWhile, [this] {
    for (const int waiting : std::exchange(waiting_slots_, {})) held_.done_waiting(waiting);
    release();
  });
}

/// Sends what waits for nothing any more. What cannot go is held anew, and so are those behind it.
void Client::release() {
  for (Command& command : held_.take_ready()) {
    if (held_.holds(command.slot)) {
      held_.add(std::move(command));
    } else {
      route(std::move(command));
    }
  }
}

void Client::load_scripts(Node& node, int held_slot) {
  for (const auto& [sha1, source] : scripts_) {
    Command load;
    load.bytes = format_command({"SCRIPT", "LOAD", source});
    if (held_slot != kNoSlot) {
      held_.wait(held_slot);
      load.done = [this, held_slot](const Answer&) {
        held_.done_waiting(held_slot);
        release();
      };
    }
    node.send(std::move(load));
  }
}

void Client::node_commands_up(Node& node) {
  load_scripts(node, kNoSlot);
}

void Client::node_commands_down(Node& node, Link::Unanswered commands) {
  lost(std::move(commands),
       "Redis at " + to_string(node.endpoint()) + ": " + node.commands_trouble());
  look();
}

void Client::lost(Link::Unanswered commands, const std::string& why) {
  const auto lose = [&](std::vector<Command>& some, RedisErrc errc) {
    for (Command& command : some) {
      held_.answered(command.slot);
      if (command.slot == kNoSlot) {  // Our own, whose callback may not outlive the node.
        finish(std::move(command), Failure(RedisError{.errc = errc, .detail = why}));
      } else {
        finish_later(std::move(command), errc, why);
      }
    }
  };
  lose(commands.sent, RedisErrc::unknown);
  lose(commands.unsent, RedisErrc::not_sent);
  release();
}

void Client::note_refusal(Node& node, const std::string& error) {
  if (begins_with_one_of(error, {"READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN"})) look();
  // With one server there is nobody to ask; connecting anew asks the name service, and the role.
  // MISCONF comes from a master, whom reconnecting would only cost the messages in between.
  if (is_cluster()) return;
  const Instant now = read_clock();
  if (!error.starts_with("READONLY") || now - reconnected_at_ < kBetweenReconnects) return;
  reconnected_at_ = now;
  post(surroundings_.io, [this, is_alive = is_alive_, endpoint = node.endpoint()] {
    if (!*is_alive) return;
    const auto found = nodes_.find(endpoint);
    if (found != nodes_.end()) found->second->break_off("it is not a master any more");
  });
}

void Client::finish(Command command, Answer answer) {
  waiting_bytes_ -= command.size;
  if (command.done) command.done(std::move(answer));
}

void Client::finish_later(Command command, RedisErrc errc, std::string detail) {
  finished_.emplace_back(std::move(command),
                         Failure(RedisError{.errc = errc, .detail = std::move(detail)}));
  if (finished_.size() > 1) return;  // Is posted.
  post(surroundings_.io, [this, is_alive = is_alive_] {
    if (*is_alive) finish_now();
  });
}

void Client::finish_now() {
  // What their callbacks add comes in a later turn.
  std::deque<std::pair<Command, Answer>> finished = std::exchange(finished_, {});
  for (auto& [command, answer] : finished) finish(std::move(command), std::move(answer));
}

}  // namespace weft::redis
