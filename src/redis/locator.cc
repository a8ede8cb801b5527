// SPDX-License-Identifier: Apache-2.0
#include "redis/locator.h"

#include "redis/command_format.h"
#include "redis/setup.h"
#include "redis/slot.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::redis {
namespace {

// A slot migration or a failover makes many reasons to look at once.
constexpr std::chrono::milliseconds kBetweenLooks{200};

Instant read_clock() {
  return std::chrono::steady_clock::now();
}

}  // namespace

Locator::Locator(Surroundings& surroundings, Found found)
    : surroundings_(surroundings),
      found_(std::move(found)),
      backoff_(kBetweenLooks, std::max(kBetweenLooks, surroundings.options.backoff_max)),
      begin_timer_(surroundings.io),
      answer_timer_(surroundings.io) {}

Locator::~Locator() {
  if (link_ != nullptr) link_->close();
}

void Locator::look(std::vector<Endpoint> known) {
  if (is_looking_) return;
  is_looking_ = true;
  known_ = std::move(known);
  const auto since =
      std::chrono::duration_cast<std::chrono::milliseconds>(read_clock() - began_at_);
  const auto wait = std::clamp(kBetweenLooks - since, std::chrono::milliseconds(0), kBetweenLooks);
  begin_timer_.start(wait, [this] { begin(); });
}

void Locator::begin() {
  began_at_ = read_clock();
  places_ = known_;
  const std::vector<Endpoint>& seeds = surroundings_.options.endpoints;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    places_.push_back(seeds[(first_seed_ + i) % seeds.size()]);
  }
  first_seed_ = (first_seed_ + 1) % seeds.size();
  next_place_ = 0;
  outdated_.reset();
  ask_next();
}

void Locator::ask_next() {
  std::vector<SetupStep> steps;
  const Options& options = surroundings_.options;
  add_authentication(
      options.mode == Mode::sentinel ? options.sentinel_credentials : options.credentials, steps);
  link_ = Link::open(surroundings_, places_[next_place_], Link::Kind::commands, std::move(steps),
                     *this);
}

void Locator::failed(const std::string& why) {
  const Endpoint& place = places_[next_place_];
  answer_timer_.stop();
  link_->close();
  link_.reset();
  const bool is_sentinel = surroundings_.options.mode == Mode::sentinel;
  trouble_ =
      (is_sentinel ? "Sentinel at " : "Redis at ") + to_string(place) +
      (is_sentinel ? " cannot say where the master is: " : " cannot say where the slots are: ") +
      why;
  if (++next_place_ < places_.size()) return ask_next();
  // All have begun anew, perhaps: then what is outdated is right.
  if (outdated_) return found_master(*outdated_);
  begin_timer_.start(backoff_.next(surroundings_.random), [this] { begin(); });
}

void Locator::link_up() {
  const Options& options = surroundings_.options;
  Command command;
  command.bytes = options.mode == Mode::sentinel
                      ? format_command({"SENTINEL", "MASTER", options.master_name})
                      : format_command({"CLUSTER", "SLOTS"});
  link_->send(std::move(command));
  link_->flush();
  answer_timer_.start(options.connect_timeout, [this] { link_->end("it does not answer"); });
}

void Locator::link_answered(Command, Answer answer) {
  if (surroundings_.options.mode == Mode::sentinel) {
    take_master(answer);
  } else {
    take_slots(answer);
  }
}

void Locator::link_pushed(Answer) {}

void Locator::link_ended(const std::string& why) {
  failed(why);
}

void Locator::take_slots(const Answer& answer) {
  if (!answer) return failed(answer.error().detail);
  const auto ranges = parse_cluster_slots(*answer, places_[next_place_]);
  if (!ranges) return failed(ranges.error());
  found(*ranges);
}

void Locator::take_master(const Answer& answer) {
  if (!answer) {
    const bool is_unknown = answer.error().detail.find("No such master") != std::string::npos;
    return failed(is_unknown ? "it knows no master named " + surroundings_.options.master_name
                             : answer.error().detail);
  }
  const auto master = parse_sentinel_master(*answer);
  if (!master) return failed("its answer is not understood");
  if (master->epoch >= known_epoch_) return found_master(*master);
  if (!outdated_ || outdated_->epoch < master->epoch) outdated_ = master;
  failed("it does not know of the last failover");
}

void Locator::found_master(const NamedMaster& master) {
  known_epoch_ = master.epoch;
  found({{.first = 0, .last = kSlots - 1, .owner = master.where}});
}

void Locator::found(const std::vector<SlotRange>& ranges) {
  answer_timer_.stop();
  if (link_ != nullptr) link_->close();
  link_.reset();
  trouble_.clear();
  is_looking_ = false;
  backoff_.reset();
  found_(ranges);
}

}  // namespace weft::redis
