// SPDX-License-Identifier: Apache-2.0
#include "redis/subscription_flow.h"

#include "redis/command_format.h"
#include "redis/slot.h"

#include <algorithm>
#include <utility>

namespace weft::redis {
namespace {

// Channels in one command: few enough that other connections of a busy Redis are served in between.
constexpr std::size_t kChannelsPerCommand = 500;

}  // namespace

void SubscriptionFlow::subscribe(ByteView channel, std::uint64_t generation) {
  wishes_.push_back({.subscribes = true,
                     .is_alone = generation == kProbeGeneration,
                     .slot = is_cluster_ ? slot_of(channel) : 0,
                     .ask = {Bytes(channel), generation}});
}

void SubscriptionFlow::unsubscribe(ByteView channel) {
  wishes_.push_back({.subscribes = false,
                     .is_alone = false,
                     .slot = is_cluster_ ? slot_of(channel) : 0,
                     .ask = {Bytes(channel), 0}});
}

void SubscriptionFlow::take_commands(Bytes& out) {
  std::vector<Wish> wishes = std::exchange(wishes_, {});
  // By slot; within a slot the order of the calls stays.
  std::ranges::stable_sort(wishes, {}, &Wish::slot);
  std::vector<Wish> command;
  for (Wish& wish : wishes) {
    if (!command.empty() &&
        (command[0].subscribes != wish.subscribes || command[0].is_alone || wish.is_alone ||
         command[0].slot != wish.slot || command.size() == kChannelsPerCommand)) {
      write(command, out);
    }
    command.push_back(std::move(wish));
  }
  if (!command.empty()) write(command, out);
}

void SubscriptionFlow::write(std::vector<Wish>& wishes, Bytes& out) {
  std::vector<ByteView> words = {wishes[0].subscribes ? "SSUBSCRIBE" : "SUNSUBSCRIBE"};
  for (const Wish& wish : wishes) words.push_back(wish.ask.channel);
  append_command(words, out);
  Question& question = questions_.emplace_back(Question{wishes[0].subscribes, {}});
  for (Wish& wish : wishes) question.asks.push_back(std::move(wish.ask));
  wishes.clear();
}

SubscriptionFlow::Event SubscriptionFlow::read(const Answer& answer) {
  Event event;
  if (!answer) {
    if (questions_.empty()) return {.kind = Event::Kind::nonsense, .detail = answer.error().detail};
    Question question = std::move(questions_.front());
    questions_.pop_front();
    event.detail = answer.error().detail;
    if (!question.subscribes) return event;  // Redis has none of these channels for us.
    event.kind = Event::Kind::refused;
    event.asks.assign(std::make_move_iterator(question.asks.begin()),
                      std::make_move_iterator(question.asks.end()));
    return event;
  }
  const std::vector<Reply>& items = answer->items;
  if (items.size() != 3) return {.kind = Event::Kind::nonsense, .detail = "not a message"};
  const ByteView what = items[0].text;
  if (what == "smessage") {
    event.kind = Event::Kind::message;
    event.channel = items[1].text;
    event.payload = items[2].text;
    return event;
  }
  if (what == "ssubscribe" || what == "sunsubscribe") {
    return read_answer(what == "ssubscribe", items[1].text);
  }
  return {.kind = Event::Kind::nonsense, .detail = "an unknown message"};
}

SubscriptionFlow::Event SubscriptionFlow::read_answer(bool subscribes, ByteView channel) {
  Event event{.channel = channel};
  if (!questions_.empty() && questions_.front().subscribes == subscribes &&
      questions_.front().asks.front().channel == channel) {
    Question& question = questions_.front();
    event.kind = subscribes ? Event::Kind::confirmed : Event::Kind::none;
    event.generation = question.asks.front().generation;
    question.asks.pop_front();
    if (question.asks.empty()) questions_.pop_front();
    return event;
  }
  if (!subscribes) {
    event.kind = Event::Kind::taken_away;
  } else {
    event.kind = Event::Kind::nonsense;
    event.detail = "a confirmation of what was not asked";
  }
  return event;
}

void SubscriptionFlow::reset() {
  wishes_.clear();
  questions_.clear();
}

}  // namespace weft::redis
