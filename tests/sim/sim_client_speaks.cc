// SPDX-License-Identifier: Apache-2.0
// What a client says.
#include "connection/jwt.h"
#include "protocol/msgpack.h"
#include "sim/complaint.h"
#include "sim/random_edit.h"
#include "sim/sim_client.h"
#include "unit/websocket/client_frame.h"

#include <algorithm>
#include <vector>

namespace weft::sim {

using protocol::ClientKind;

namespace {

const std::vector<std::string> kPresenceKeys = {"mood", "selection", "size"};

Bytes head(std::uint32_t items, ClientKind kind) {
  Bytes out;
  protocol::append_array(out, items);
  protocol::append_uint(out, static_cast<std::uint64_t>(kind));
  return out;
}

void append_entry(Bytes& out, std::string_view key, std::string_view value) {
  protocol::append_string(out, key);
  protocol::append_string(out, value);
}

Bytes sum_bytes(protocol::Sum sum) {
  Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(sum >> shift & 0xff);
  return out;
}

Bytes random_presence_value(Random& random) {
  Bytes out;
  if (random.one_in(4)) {
    protocol::append_nil(out);
  } else if (random.one_in(2)) {
    protocol::append_uint(out, random.below(5));
  } else {
    protocol::append_string(out, std::string(random.below(40), 'p'));
  }
  return out;
}

}  // namespace

void SimClient::say_frame(Bytes frame) {
  session_->link->send(frame);
}

void SimClient::say(const Bytes& message) {
  if (session_->left) return;
  if (random_.one_in(20)) {  // in two fragments
    const std::size_t cut = random_.below(message.size());
    say_frame(test::first_fragment(websocket::Opcode::binary, message.substr(0, cut)));
    say_frame(test::last_fragment(message.substr(cut)));
  } else {
    say_frame(test::binary_frame(message));
  }
}

Bytes SimClient::mint_token(Role role, std::optional<Instant>& ends) const {
  connection::Claims claims;
  // Two clients each share a user.
  claims.user = "user-" + std::to_string(id_.back() / 2);
  claims.name = name_;
  claims.color = "#123456";
  claims.canvases = {{"*", role}};
  claims.expires_ms = shared_.now.wall_ms + 24 * 3'600'000;
  ends.reset();
  if (shared_.plan.token_life && !shared_.is_calm()) {
    claims.expires_ms = shared_.now.wall_ms + shared_.plan.token_life->count();
    ends = shared_.now.mono + *shared_.plan.token_life;
  }
  const auto token = connection::mint_jwt(claims, *shared_.key);
  if (!token) complain(std::string(explain(token.error())));
  return *token;
}

void SimClient::say_hello() {
  session_->role = shared_.key ? role_ : Role::edit;
  session_->user.id = "anon:" + id_;
  if (random_.one_in(6)) name_ += "!";
  if (name_.size() > 40) name_ = "Name of " + id_;
  session_->user.name = name_;
  // A role between present and edit may change, as long as no push hangs on it.
  if (shared_.key && role_ != Role::view && pending_.empty() && random_.one_in(8)) {
    role_ = role_ == Role::edit ? Role::present : Role::edit;
    session_->role = role_;
  }

  std::vector<Bytes> entries;
  const auto add = [&entries](std::string_view key) -> Bytes& {
    entries.emplace_back();
    protocol::append_string(entries.back(), key);
    return entries.back();
  };
  protocol::append_string(add("client"), id_);
  if (shared_.key) {
    protocol::append_string(add("token"), mint_token(role_, session_->token_ends));
    session_->user.id = "user-" + std::to_string(id_.back() / 2);
    session_->user.color = "#123456";
  } else {
    protocol::append_string(add("name"), name_);
  }
  if (has_copy_ && !random_.one_in(12)) {
    session_->offered_since = true;
    session_->offered_wrong_since = random_.one_in(12);
    const std::size_t wrong = session_->offered_wrong_since ? random_.below(3) : 99;
    Bytes& since = add("since");
    const bool with_sum = wrong == 2 || !random_.one_in(5);
    protocol::append_array(since, with_sum ? 3 : 2);
    protocol::append_uint(since, wrong == 0 ? epoch_ + 1'000'000 : epoch_);
    protocol::append_uint(since, wrong == 1 ? seq_ + 100'000 : seq_);
    if (with_sum) protocol::append_binary(since, sum_bytes(wrong == 2 ? ~sum_ : sum_));
  }
  if (random_.one_in(2)) {
    Bytes& presence = add("presence");
    protocol::append_map(presence, 1);
    protocol::append_string(presence, random_.pick(kPresenceKeys));
    presence += random_presence_value(random_);
  }
  Bytes hello = head(2, ClientKind::hello);
  protocol::append_map(hello, static_cast<std::uint32_t>(entries.size()));
  for (const Bytes& entry : entries) hello += entry;
  shared_.trace([&] { return id_ + " says hello"; });
  say(hello);
  // Whoever has nothing pending knows its next number and need not wait for the welcome.
  if (!shared_.is_calm() && pending_.empty() && may(Role::edit) && random_.one_in(6)) make_push();
}

void SimClient::renew_token() {
  Session::Renewal renewal;
  renewal.role = role_;
  if (role_ != Role::view && pending_.empty() && random_.one_in(3)) {
    renewal.role = role_ == Role::edit ? Role::present : Role::edit;
  }
  Bytes message = head(2, ClientKind::token);
  protocol::append_string(message, mint_token(renewal.role, renewal.ends));
  say(message);
  ping();
  renewal.ping = session_->pings;
  session_->renewal = renewal;
  shared_.count("token renewed");
}

void SimClient::ping() {
  Bytes message = head(2, ClientKind::ping);
  protocol::append_uint(message, ++session_->pings);
  say(message);
}

void SimClient::make_push() {
  const std::uint64_t n = ++last_n_;
  Record& record = records_[n];
  record.ops = random_.one_in(15) ? misshapen_edit(random_)
                                  : random_edit(random_, shared_.plan.text_bytes_max);
  pending_.push_back({n, record.ops});
  // While earlier ones wait to be sent again, this one may wait with them, and then must not
  // overtake any that does.
  const bool others_wait = !to_resend_.empty() && records_[*to_resend_.rbegin()].sends == 0;
  if (others_wait || (resend_at_ && random_.one_in(2))) {
    to_resend_.insert(n);
  } else {
    send_push(n, record.ops);
  }
}

void SimClient::send_push(std::uint64_t n, const Bytes& ops) {
  shared_.trace([&] { return id_ + " pushes " + std::to_string(n); });
  Bytes message = head(3, ClientKind::push);
  protocol::append_uint(message, n);
  message += ops;
  say(message);
  ++session_->unanswered[n];
  Record& record = records_[n];
  if (++record.sends == 1) record.first_session = session_number_;
}

/// A push that is not to be taken: not allowed, without a number, or far ahead.
void SimClient::send_refused_push() {
  std::uint64_t n = last_n_ + 1;
  if (may(Role::edit)) n = random_.one_in(3) ? 0 : last_n_ + 1'000 + random_.below(5);
  session_->refusals.insert(n);
  Bytes message = head(3, ClientKind::push);
  protocol::append_uint(message, n);
  message += random_edit(random_, shared_.plan.text_bytes_max);
  say(message);
}

/// Sends a push once more that may have been settled long ago.
void SimClient::resend_push() {
  if (records_.empty() || !pending_.empty()) return;
  auto record = records_.begin();
  std::advance(record, random_.below(records_.size()));
  send_push(record->first, record->second.ops);
  shared_.count("push sent again for no reason");
}

void SimClient::resend() {
  resend_at_.reset();
  for (const Push& push : pending_) {  // C7
    if (push.n > *to_resend_.begin()) to_resend_.insert(push.n);
  }
  for (const std::uint64_t n : std::exchange(to_resend_, {})) send_push(n, records_[n].ops);
}

void SimClient::send_unsent() {
  if (shared_.plan.sabotage == Sabotage::client_never_resends) {
    pending_.clear();
    return;
  }
  for (const Push& push : pending_) {
    if (session_->unanswered.contains(push.n)) continue;  // went behind hello
    if (records_[push.n].sends > 0) shared_.count("push sent again after a reconnect");
    send_push(push.n, push.ops);
  }
}

void SimClient::patch_presence() {
  Bytes message = head(2, ClientKind::presence);
  if (random_.one_in(12)) {
    protocol::append_map(message, 2);
    append_entry(message, "mood", "never seen");
    if (random_.one_in(2)) {
      append_entry(message, "size", std::string(shared_.plan.router.room.presence.bytes_max, 'x'));
      session_->errors.insert("too_large");
    } else {
      append_entry(message, "away", "perhaps");
      session_->errors.insert("bad_op");
    }
  } else {
    protocol::append_map(message, 2);
    protocol::append_string(message, random_.pick(kPresenceKeys));
    message += random_presence_value(random_);
    protocol::append_string(message, "away");
    protocol::append_bool(message, random_.one_in(3));
  }
  say(message);
}

void SimClient::move_cursor() {
  cursor_ = {.hidden = random_.one_in(8)};
  Bytes message = head(cursor_.hidden ? 2 : 3, ClientKind::cursor);
  if (cursor_.hidden) {
    protocol::append_nil(message);
  } else {
    cursor_.x = static_cast<float>(random_.below(4000)) / 4 - 200;
    cursor_.y = static_cast<float>(random_.below(1000));
    protocol::append_float(message, cursor_.x);
    protocol::append_double(message, static_cast<double>(cursor_.y));
  }
  say(message);
}

void SimClient::send_event() {
  Bytes message = head(3, ClientKind::event);
  protocol::append_string(message, "wave");
  protocol::append_array(message, 2);
  protocol::append_string(message, id_);
  protocol::append_uint(message, ++event_count_);
  say(message);
}

void SimClient::send_view() {
  Bytes message = head(2, ClientKind::view);
  if (random_.one_in(3)) {
    protocol::append_nil(message);
  } else {
    protocol::append_array(message, 4);
    for (int i = 0; i < 4; ++i) protocol::append_uint(message, random_.below(1000));
  }
  say(message);
}

void SimClient::act() {
  if (!is_live() || session_->left || session_->renewal) return;
  switch (random_.below(20)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      move_cursor();
      break;
    case 5:
    case 6:
      patch_presence();
      break;
    case 7:
      send_event();
      break;
    case 8:
      send_view();
      break;
    case 9:
      ping();
      break;
    case 10:
      if (random_.one_in(4)) send_refused_push();
      if (may(Role::edit) && random_.one_in(10)) {
        const bool is_slow = shared_.plan.router.room.limits.pushes_per_second < 1'000;
        for (std::size_t left = random_.between(10, is_slow ? 20 : 150); left > 0; --left) {
          make_push();
        }
      }
      break;
    case 11:
      if (may(Role::edit) && random_.one_in(2)) resend_push();
      break;
    case 12:
      if (random_.one_in(4)) {
        Bytes unknown;
        protocol::append_array(unknown, 1);
        protocol::append_uint(unknown, 77);
        session_->errors.insert("unknown_kind");
        say(unknown);
      }
      break;
    default:
      for (std::size_t count = may(Role::edit) ? random_.between(1, 3) : 0; count > 0; --count) {
        make_push();
      }
  }
}

void SimClient::speak_last_word() {
  if (vanished_) return;
  send_view();
  if (!may(Role::present)) return;
  away_ = random_.one_in(3);
  presence_.clear();
  Bytes message = head(2, ClientKind::presence);
  protocol::append_map(message, static_cast<std::uint32_t>(kPresenceKeys.size() + 1));
  for (const std::string& key : kPresenceKeys) {
    const Bytes value = random_presence_value(random_);
    protocol::append_string(message, key);
    message += value;
    if (value[0] != '\xc0') presence_[key] = value;
  }
  protocol::append_string(message, "away");
  protocol::append_bool(message, away_);
  say(message);
  move_cursor();
}

}  // namespace weft::sim
