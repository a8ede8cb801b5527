// SPDX-License-Identifier: Apache-2.0
#include "bus/redis_bus.h"

#include "bus/redis_bus_parts.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace weft::bus {

namespace {

// What the scratch may keep between messages.
constexpr std::size_t kScratchBytesMax = 64 * 1024;

// A bus that is called so much later than it asked for was stalled, and heard nobody meanwhile.
constexpr std::chrono::milliseconds kStallMax{1'000};

void earliest(std::optional<Instant>& at, std::optional<Instant> other) {
  if (other && (!at || *other < *at)) at = other;
}

}  // namespace

RedisBus::RedisBus(redis::Commands& commands, redis::Channels& channels, PeerId self,
                   Notice on_notice)
    : commands_(commands),
      channels_(channels),
      self_(self),
      on_notice_(std::move(on_notice)),
      beat_channel_(beat_channel_of(self)),
      alive_(std::make_shared<RedisBus*>(this)) {}

RedisBus::~RedisBus() {
  for (auto& [id, canvas] : canvases_) {
    channels_.unsubscribe(canvas->channel());
    canvas->end(PeerEnd::left);
  }
}

// ---- The interface ------------------------------------------------------------------------------

void RedisBus::subscribe(const CanvasId& canvas, BusListener& listener) {
  farewells_.erase(canvas);  // hello says more
  const auto [entry, is_new] =
      canvases_.try_emplace(canvas, std::make_shared<Canvas>(*this, canvas, listener, first_seq_));
  assert(is_new);
  channels_.subscribe(entry->second->channel(), *entry->second);
}

void RedisBus::unsubscribe(const CanvasId& canvas, PeerEnd how) {
  const auto found = canvases_.find(canvas);
  if (found == canvases_.end()) return;
  const std::shared_ptr<Canvas> ended = std::move(found->second);
  canvases_.erase(found);
  channels_.unsubscribe(ended->channel());
  const Bytes bye = ended->end(how);
  first_seq_ = std::max(first_seq_, ended->seq());
  if (!bye.empty()) say_farewell(canvas, bye);
  if (canvases_.empty()) {
    last_beat_.reset();
    confirmed_beat_.reset();
    answered_beat_.reset();
  }
}

void RedisBus::publish(const CanvasId& canvas, Bytes batch) {
  const auto found = canvases_.find(canvas);
  assert(found != canvases_.end());
  if (batch.size() > kBatchBytesMax) {
    notice("A batch of " + std::to_string(batch.size()) + " bytes of canvas " + canvas +
           " was not sent to other instances; " + std::to_string(kBatchBytesMax) +
           " are the most.");
    return;
  }
  found->second->say({.kind = MessageKind::data, .batch = batch});
}

std::size_t RedisBus::peer_count(const CanvasId& canvas) const {
  const auto found = canvases_.find(canvas);
  return found == canvases_.end() ? 0 : found->second->peer_count();
}

// ---- Publishing ---------------------------------------------------------------------------------

void RedisBus::publish_message(ByteView channel, const RedisMessage& message, redis::Done done) {
  message_.clear();
  append_message(message_, message);
  publish_bytes(channel, message_, std::move(done));
  if (message_.capacity() > kScratchBytesMax) Bytes().swap(message_);
}

void RedisBus::publish_bytes(ByteView channel, ByteView bytes, redis::Done done) {
  const std::array<ByteView, 3> words{"SPUBLISH", channel, bytes};
  commands_.call(channel, words, std::move(done));
}

void RedisBus::note_publish(const redis::Answer& answer) {
  publish_works_ = answer.has_value();
  if (publish_works_) {
    has_told_refusal_ = false;
  } else if (answer.error().errc == redis::RedisErrc::refused && !has_told_refusal_) {
    has_told_refusal_ = true;
    notice("Redis refuses to publish what other instances should see: " + answer.error().detail);
  }
}

void RedisBus::say_farewell(const CanvasId& canvas, const Bytes& message) {
  publish_bytes(canvas_channel_of(canvas), message,
                [alive = std::weak_ptr(alive_), canvas, message](const redis::Answer& answer) {
                  const auto bus = alive.lock();
                  if (!bus) return;
                  (*bus)->note_publish(answer);
                  if (!answer) (*bus)->keep_farewell(canvas, message);
                });
}

void RedisBus::keep_farewell(const CanvasId& canvas, const Bytes& message) {
  if (canvases_.contains(canvas)) return;  // hello has said more
  if (farewells_.size() >= kFarewellsMax) {
    notice("Other instances could not be told that canvas " + canvas +
           " was left; they may show its people until they hear nothing of this one.");
    return;
  }
  farewells_.emplace(canvas, message);
}

void RedisBus::notice(const std::string& sentence) {
  if (on_notice_) on_notice_(sentence);
}

// ---- Time ---------------------------------------------------------------------------------------

void RedisBus::advance(Now now) {
  note_stall(now.mono);
  now_ = now.mono;
  note_cut_off(now_);
  note_signs_of_life(now_);
  note_beat_gap(now_);
  std::size_t budget = kCanvasesPerTurn;
  open_canvases(budget);
  ready_newcomers(budget);
  repair_canvases(budget);
  call_peers(budget);
  call_roll(budget);
  bury_silent_peers(budget);
  say_farewells(budget);
  if (!canvases_.empty() && now_ >= beat_due()) beat();
}

std::optional<Instant> RedisBus::next_deadline() const {
  if (canvases_.empty() && farewells_.empty()) return std::nullopt;
  if (!opening_.empty()) return now_;
  std::optional<Instant> at;
  if (!canvases_.empty()) earliest(at, beat_due());
  if (!newcomers_.empty()) earliest(at, newcomers_.front().due);
  if (!repairs_.empty() && publish_works_) earliest(at, repairs_at_.value_or(now_));
  if (!calls_.empty()) earliest(at, calls_at_.value_or(now_));
  if (!rolls_.empty()) earliest(at, std::max(rolls_.front().due, judge_from_));
  if (silence_at_) earliest(at, std::max(*silence_at_, judge_from_));
  if (!farewells_.empty()) earliest(at, farewells_at_.value_or(now_));
  return at;
}

std::string RedisBus::trouble() const {
  if (cut_off_.empty()) return {};
  const CutOff& longest = cut_off_.front();
  if (!longest.since || now_ <= *longest.since + kCutOffMax) return {};
  return "canvas " + longest.canvas->id() +
         (longest.canvas->is_open() ? " is not shown to other instances: Redis does not publish"
                                    : " does not hear other instances: its Redis channel is away");
}

void RedisBus::note_cut_off(Instant now) {
  for (auto at = cut_off_.rbegin(); at != cut_off_.rend() && !at->since; ++at) at->since = now;
}

void RedisBus::note_stall(Instant now) {
  if (!last_beat_ || now <= *last_beat_ + kBeatInterval + kStallMax) return;
  judge_from_ = now + kSilenceMax;
  for (auto& [id, peer] : peers_) peer->note_heard();
}

void RedisBus::note_signs_of_life(Instant now) {
  for (Peer* peer : heard_) peer->set_heard(now);
  if (!heard_.empty()) earliest(silence_at_, now + kSilenceMax);
  heard_.clear();
  for (Roll& roll : asked_) {
    roll.due = now + kSilenceMax;
    rolls_.push_back(std::move(roll));
  }
  asked_.clear();
}

void RedisBus::note_beat_gap(Instant now) {
  if (!answered_beat_) return;
  if (confirmed_beat_ && now > *confirmed_beat_ + kBeatGapMax) {
    for (auto& [id, canvas] : canvases_) canvas->want_repair();
  }
  confirmed_beat_ = std::exchange(answered_beat_, std::nullopt);
}

void RedisBus::open_canvases(std::size_t& budget) {
  for (; !opening_.empty() && budget > 0; --budget) {
    const auto canvas = opening_.front().lock();
    opening_.pop_front();
    if (!canvas) continue;
    canvas->waits_to_open = false;
    canvas->say_hello(now_);
  }
}

void RedisBus::ready_newcomers(std::size_t& budget) {
  for (; !newcomers_.empty() && newcomers_.front().due <= now_ && budget > 0; --budget) {
    const auto canvas = newcomers_.front().canvas.lock();
    newcomers_.pop_front();
    if (canvas) canvas->tell_ready();
  }
}

void RedisBus::repair_canvases(std::size_t& budget) {
  if (!publish_works_ || (repairs_at_ && now_ < *repairs_at_)) return;
  repairs_at_.reset();
  std::size_t rest = repairs_.size();
  for (; rest > 0 && budget > 0; --rest, --budget) {
    const auto canvas = repairs_.front().lock();
    repairs_.pop_front();
    if (!canvas) continue;
    if (canvas->say_hello(now_)) {
      canvas->waits_for_repair = false;
    } else {
      repairs_.push_back(canvas);
    }
  }
  if (rest == 0) repairs_at_ = now_ + kRepeatInterval;
}

void RedisBus::call_peers(std::size_t& budget) {
  if (calls_at_ && now_ < *calls_at_) return;
  calls_at_.reset();
  std::size_t rest = calls_.size();
  for (; rest > 0 && budget > 0; --rest, --budget) {
    const Call call = std::move(calls_.front());
    calls_.pop_front();
    const auto canvas = call.canvas.lock();
    if (canvas && !canvas->call(call, now_)) calls_.push_back(call);
  }
  if (rest == 0) calls_at_ = now_ + kRepeatInterval;
}

void RedisBus::call_roll(std::size_t& budget) {
  if (now_ < judge_from_) return;
  for (; !rolls_.empty() && rolls_.front().due <= now_ && budget > 0; --budget) {
    const Roll roll = std::move(rolls_.front());
    rolls_.pop_front();
    if (const auto canvas = roll.canvas.lock()) canvas->call_roll(roll);
  }
}

void RedisBus::bury_silent_peers(std::size_t& budget) {
  if (!silence_at_ || now_ < *silence_at_ || now_ < judge_from_) return;
  silence_at_.reset();
  std::vector<std::pair<PeerId, std::weak_ptr<Canvas>>> losses;
  for (auto& [id, peer] : peers_) {
    const auto since = peer->silent_since();
    if (!since) continue;
    if (now_ < *since + kSilenceMax) {
      earliest(silence_at_, *since + kSilenceMax);
      continue;
    }
    // Canvases that are cut off, or were until now, are looked at once more.
    earliest(silence_at_, now_ + kRepeatInterval);
    for (Canvas* canvas : peer->canvases) {
      if (losses.size() == budget) break;
      if (!canvas->is_open() || now_ < canvas->open_since() + kSilenceMax) continue;
      losses.emplace_back(id, canvas->weak_from_this());
    }
  }
  budget -= losses.size();
  if (budget == 0) silence_at_ = now_;
  for (auto& [id, ref] : losses) {
    if (const auto canvas = ref.lock()) canvas->peer_gone(id, PeerEnd::dead);
  }
}

void RedisBus::say_farewells(std::size_t& budget) {
  if (farewells_.empty() || (farewells_at_ && now_ < *farewells_at_)) return;
  // One finds out whether publishing works again.
  const std::size_t most = publish_works_ ? budget : 1;
  for (std::size_t i = 0; i < most && !farewells_.empty(); ++i, --budget) {
    const auto farewell = farewells_.extract(farewells_.begin());
    say_farewell(farewell.key(), farewell.mapped());
  }
  farewells_at_.reset();
  if (!publish_works_) farewells_at_ = now_ + kRepeatInterval;
}

Instant RedisBus::beat_due() const {
  if (!last_beat_) return now_;
  // While something waits for publishing to work, the beat finds out.
  return *last_beat_ + (publish_works_ || repairs_.empty() ? kBeatInterval : kRepeatInterval);
}

void RedisBus::beat() {
  last_beat_ = now_;
  publish_message(beat_channel_, {.kind = MessageKind::beat, .sender = self_},
                  [alive = std::weak_ptr(alive_), sent = now_](const redis::Answer& answer) {
                    const auto bus = alive.lock();
                    if (!bus) return;
                    (*bus)->note_publish(answer);
                    if (answer) (*bus)->answered_beat_ = sent;
                  });
}

// ---- Peers --------------------------------------------------------------------------------------

RedisBus::Peer* RedisBus::meet(Canvas& canvas, PeerId id) {
  auto found = peers_.find(id);
  if (found == peers_.end()) {
    if (peers_.size() >= kPeersMax) {
      notice("Canvas " + canvas.id() + " does not hear another instance: " +
             std::to_string(kPeersMax) + " shards of others are known already.");
      return nullptr;
    }
    found = peers_.emplace(id, std::make_unique<Peer>(*this, id)).first;
  }
  found->second->canvases.insert(&canvas);
  return found->second.get();
}

void RedisBus::part(Canvas& canvas, PeerId id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  found->second->canvases.erase(&canvas);
  if (found->second->canvases.empty()) peers_.erase(found);
}

}  // namespace weft::bus
