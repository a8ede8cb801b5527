// SPDX-License-Identifier: Apache-2.0
#include "redis/standing_link.h"

#include "redis/setup.h"

#include <chrono>
#include <utility>

namespace weft::redis {
namespace {

// A link that breaks sooner than this has not been a success: the back-off goes on growing.
constexpr std::chrono::seconds kSteady{2};

}  // namespace

StandingLink::StandingLink(Surroundings& surroundings, Endpoint to, Link::Kind kind,
                           StandingLinkEvents& events)
    : surroundings_(surroundings),
      to_(std::move(to)),
      kind_(kind),
      events_(events),
      backoff_(surroundings.options.backoff_min, surroundings.options.backoff_max),
      timer_(surroundings.io) {
  connect();
}

StandingLink::~StandingLink() {
  if (link_ != nullptr) link_->close();
}

void StandingLink::connect() {
  link_ = Link::open(surroundings_, to_, kind_, node_setup(surroundings_.options), *this);
}

void StandingLink::break_off(const std::string& why) {
  if (link_ != nullptr) link_->end(why);
}

Link::Unanswered StandingLink::close() {
  timer_.stop();
  if (link_ == nullptr) return {};
  link_->close();
  Link::Unanswered lost = link_->take_unanswered();
  link_.reset();
  return lost;
}

void StandingLink::link_up() {
  up_since_ = std::chrono::steady_clock::now();
  events_.came_up(*this);
}

void StandingLink::link_answered(Command command, Answer answer) {
  events_.answered(*this, std::move(command), std::move(answer));
}

void StandingLink::link_pushed(Answer answer) {
  events_.pushed(*this, std::move(answer));
}

void StandingLink::link_ended(const std::string& why) {
  trouble_ = why;
  if (up_since_ != Instant{} && std::chrono::steady_clock::now() - up_since_ > kSteady) {
    backoff_.reset();
  }
  up_since_ = {};
  Link::Unanswered lost = link_->take_unanswered();
  link_.reset();
  timer_.start(backoff_.next(surroundings_.random), [this] { connect(); });
  events_.went_down(*this, std::move(lost));
}

}  // namespace weft::redis
