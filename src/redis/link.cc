// SPDX-License-Identifier: Apache-2.0
#include "redis/link.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::redis {

std::shared_ptr<Link> Link::open(const Surroundings& surroundings, const Endpoint& to, Kind kind,
                                 std::vector<SetupStep> setup, LinkEvents& events) {
  std::shared_ptr<Link> link(new Link(surroundings, kind, std::move(setup), events));
  // The stream and the timer are the link's own and end with it, so they need no share in it.
  Link& self = *link;
  const auto patience = surroundings.options.connect_timeout;
  self.connect_timer_.start(patience, [&self, patience] {
    self.end("it did not let us in within " + std::to_string(patience.count()) + " ms");
  });
  self.stream_->connect(to, [&self](const std::string& trouble) {
    if (trouble.empty()) {
      self.connected();
    } else {
      self.end(trouble);
    }
  });
  return link;
}

Link::Link(const Surroundings& surroundings, Kind kind, std::vector<SetupStep> setup,
           LinkEvents& events)
    : kind_(kind), events_(events), connect_timer_(surroundings.io), setup_(std::move(setup)) {
  stream_.emplace(surroundings.io, surroundings.tls);
}

void Link::connected() {
  phase_ = Phase::setting_up;
  for (const SetupStep& step : setup_) out_ += step.bytes;
  const auto self = shared_from_this();
  read();
  flush();
  if (setup_.empty()) take_setup({});
}

void Link::read() {
  stream_->read([this](ByteView bytes, const std::string& trouble) {
    const auto self = shared_from_this();  // An event may let go of us.
    if (!trouble.empty()) return end(trouble);
    received(bytes);
    if (phase_ != Phase::ended) read();
  });
}

void Link::received(ByteView bytes) {
  reader_.feed(bytes);
  while (phase_ != Phase::ended) {
    auto reply = reader_.next();
    if (!reply) return end(reply.error());
    if (!*reply) return;
    take(std::move(**reply));
  }
}

void Link::take(Reply reply) {
  Answer answer;
  if (reply.kind == Reply::Kind::error) {
    answer = Failure(RedisError{.errc = RedisErrc::refused, .detail = std::move(reply.text)});
  } else {
    answer = std::move(reply);
  }
  if (phase_ == Phase::setting_up) return take_setup(answer);
  if (kind_ == Kind::subscriber) return events_.link_pushed(std::move(answer));
  if (sent_count_ == 0) return end("it answered what nobody asked");
  Command command = std::move(unanswered_.front().command);
  unanswered_.pop_front();
  --sent_count_;
  events_.link_answered(std::move(command), std::move(answer));
}

void Link::take_setup(const Answer& answer) {
  if (setup_done_ < setup_.size()) {
    const std::string trouble = setup_[setup_done_++].check(answer);
    if (!trouble.empty()) return end(trouble);
  }
  if (setup_done_ < setup_.size()) return;
  phase_ = Phase::up;
  connect_timer_.stop();
  events_.link_up();
}

void Link::send(Command command) {
  out_ += command.bytes;
  if (!command.keeps_bytes) Bytes().swap(command.bytes);
  unanswered_.push_back({std::move(command), std::chrono::steady_clock::now()});
}

void Link::send(ByteView formatted_without_answer) {
  out_ += formatted_without_answer;
}

void Link::flush() {
  if (out_.empty() || is_writing_ || phase_ == Phase::ended) return;
  is_writing_ = true;
  sent_count_ = unanswered_.size();
  stream_->write(std::exchange(out_, {}), [this](const std::string& trouble) {
    is_writing_ = false;
    if (!trouble.empty()) return end(trouble);
    flush();
  });
}

std::optional<Instant> Link::waits_since() const {
  if (unanswered_.empty()) return std::nullopt;
  return unanswered_.front().since;
}

std::size_t Link::count_unanswered(int slot) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      unanswered_, [slot](const Waiting& waiting) { return waiting.command.slot == slot; }));
}

void Link::end(const std::string& why) {
  if (phase_ == Phase::ended) return;
  const auto self = shared_from_this();
  close();
  events_.link_ended(why);
}

void Link::close() {
  phase_ = Phase::ended;
  connect_timer_.stop();
  stream_.reset();
}

Link::Unanswered Link::take_unanswered() {
  Unanswered taken;
  for (std::size_t i = 0; i < unanswered_.size(); ++i) {
    auto& into = i < sent_count_ ? taken.sent : taken.unsent;
    into.push_back(std::move(unanswered_[i].command));
  }
  unanswered_.clear();
  sent_count_ = 0;
  return taken;
}

}  // namespace weft::redis
