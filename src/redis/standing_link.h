// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/backoff.h"
#include "redis/link.h"

#include <memory>
#include <string>

namespace weft::redis {

class StandingLink;

class StandingLinkEvents {
 public:
  virtual ~StandingLinkEvents() = default;
  virtual void came_up(StandingLink& link) = 0;
  /// It broke, or an attempt failed; `lost` was on its way. The next attempt comes by itself.
  virtual void went_down(StandingLink& link, Link::Unanswered lost) = 0;
  virtual void answered(StandingLink& link, Command command, Answer answer) = 0;
  virtual void pushed(StandingLink& link, Answer answer) = 0;
};

/// Keeps one link to one place up for as long as it lives: when it ends it makes another, after a
/// back-off. What it does on a new link before it calls it up is the set-up: who we are, which
/// database, and whether we are at the right place.
class StandingLink final : private LinkEvents {
 public:
  /// Both references outlive it. The first attempt begins at once; events come later.
  StandingLink(Surroundings& surroundings, Endpoint to, Link::Kind kind,
               StandingLinkEvents& events);
  ~StandingLink() override;

  [[nodiscard]] bool is_up() const { return link_ != nullptr && link_->is_up(); }
  /// Requires: is_up().
  [[nodiscard]] Link& link() { return *link_; }
  /// Why it is not up, or why it was not the last time.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  /// Breaks what there is on purpose; comes back as after any break.
  void break_off(const std::string& why);
  /// For ever, without an event.
  [[nodiscard]] Link::Unanswered close();

 private:
  void connect();
  void link_up() override;
  void link_answered(Command command, Answer answer) override;
  void link_pushed(Answer answer) override;
  void link_ended(const std::string& why) override;

  Surroundings& surroundings_;
  Endpoint to_;
  Link::Kind kind_;
  StandingLinkEvents& events_;
  std::shared_ptr<Link> link_;
  Backoff backoff_;
  Timer timer_;
  Instant up_since_{};
  std::string trouble_ = "not connected yet";
};

}  // namespace weft::redis
