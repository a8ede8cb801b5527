// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_world.h"

#include "connection/key_set.h"
#include "sim/complaint.h"

#include <algorithm>
#include <utility>

namespace weft::sim {

using std::chrono::milliseconds;

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

std::optional<connection::KeySet> keys_for(const Plan& plan) {
  if (!plan.has_keys) return std::nullopt;
  return *connection::KeySet::parse(kSecret);
}

connection::Authenticator authenticator_for(const Plan& plan) {
  if (!plan.has_keys) return connection::Authenticator::development();
  return connection::Authenticator(*connection::KeySet::parse(kSecret));
}

}  // namespace

SimWorld::SimWorld(const Plan& plan, bool is_tracing)
    : plan_(plan),
      shared_(plan_, is_tracing),
      random_(shared_.random),
      keys_(keys_for(plan)),
      authenticator_(authenticator_for(plan)),
      store_(shared_.ledger),
      server_(shared_, store_, authenticator_) {
  using connection::Role;
  shared_.key = keys_ ? keys_->signing_key() : nullptr;
  for (std::size_t i = 0; i < plan_.clients; ++i) {
    Role role = Role::edit;
    if (i >= 2 && random_.one_in(4)) role = random_.one_in(2) ? Role::view : Role::present;
    clients_.push_back(std::make_unique<SimClient>(
        std::string("client-") + static_cast<char>('a' + i),
        "canvas-" + std::to_string(random_.below(plan_.canvases)), role, shared_));
  }
}

void SimWorld::play() {
  make_mischief();
  calm_down();
  reckon();
}

void SimWorld::make_mischief() {
  for (std::size_t i = 0; i < plan_.steps; ++i) {
    if (random_.percent(plan_.disturbs)) disturb();
    if (plan_.sabotage == Sabotage::store_forgets_commits) forget_commits(i);
    for (const auto& client : clients_) {
      if (random_.percent(plan_.acts)) client->act();
    }
    // Rarely so long that rooms close meanwhile.
    step(random_.one_in(40) ? random_.ms_between(50, 400) : random_.ms_between(0, 25));
  }
}

void SimWorld::forget_commits(std::size_t step) {
  if (step == plan_.steps / 2) store_.lie_about_commits();
  if (step != plan_.steps * 3 / 4 || !server_.is_running()) return;
  drain_ends_at_.reset();
  server_.crash();
  server_.start();
}

void SimWorld::step(milliseconds time) {
  shared_.now.mono += time;
  shared_.now.wall_ms += time.count();
  run_server();
  connect_clients();
  move_bytes();
  for (const auto& client : clients_) {
    client->read();
    client->tick();
  }
}

void SimWorld::run_server() {
  const Instant now = shared_.now.mono;
  store_.medium().fail_appends(now < store_fails_until_);
  if (server_.is_running()) {
    std::size_t calls = 0;
    if (now >= commits_held_until_) calls = random_.one_in(3) ? random_.below(4) : SIZE_MAX;
    const std::size_t rooms = server_.room_count();
    server_.turn(shared_.is_calm() ? SIZE_MAX : calls);
    if (server_.room_count() < rooms) shared_.count("room closed");
    if (drain_ends_at_ && (server_.is_drained() || now >= *drain_ends_at_)) {
      drain_ends_at_.reset();
      server_.stop();
      server_starts_at_ = now + random_.ms_between(0, 500);
    }
  } else if (server_starts_at_ && now >= *server_starts_at_) {
    server_starts_at_.reset();
    server_.start();
  }
}

void SimWorld::connect_clients() {
  for (const auto& client : clients_) {
    if (!client->wants_link()) continue;
    if (!server_.is_running()) {
      client->note_unreachable();
      continue;
    }
    links_.push_back(std::make_shared<Link>(plan_.socket_bytes_max));
    server_.accept(links_.back(), client->canvas());
    client->connect(links_.back());
  }
}

void SimWorld::move_bytes() {
  for (const auto& link : links_) {
    if (shared_.is_calm() || random_.percent(plan_.moves_bytes)) {
      link->move(random_, shared_.is_calm(), shared_.now.mono);
    }
  }
  std::erase_if(links_, [](const auto& link) { return link->is_over() || link.use_count() == 1; });
}

SimClient& SimWorld::any_client() {
  return *random_.pick(clients_);
}

void SimWorld::disturb() {
  const Instant now = shared_.now.mono;
  switch (random_.below(24)) {
    case 0:
    case 1:
    case 2:
    case 3:
      any_client().lose_link(SimClient::Loss::noticed);
      break;
    case 4:
    case 5:
      any_client().lose_link(SimClient::Loss::unnoticed);
      break;
    case 6:
    case 7:
      any_client().leave();
      break;
    case 8:
    case 9:
      any_client().stall(now + random_.ms_between(20, random_.one_in(2) ? 8'000 : 600));
      break;
    case 10:
      any_client().speak_nonsense();
      break;
    case 11:
      if (random_.one_in(3) && vanished_ < plan_.clients / 3) {
        SimClient& client = any_client();
        if (client.has_vanished()) break;
        client.vanish(random_.one_in(2));
        ++vanished_;
      }
      break;
    case 12:
    case 13:
    case 14:
      commits_held_until_ = now + random_.ms_between(20, 400);
      break;
    case 15:
    case 16:
      store_fails_until_ = now + random_.ms_between(20, 600);
      break;
    case 17:
    case 18:
      if (!server_.is_running()) break;
      shared_.count("crash");
      server_.crash();
      drain_ends_at_.reset();
      server_starts_at_ = now + random_.ms_between(0, 400);
      break;
    case 19:
      if (!server_.is_running() || drain_ends_at_) break;
      shared_.count("drain");
      server_.drain(random_.ms_between(0, 300));
      drain_ends_at_ = now + random_.ms_between(100, 1'500);
      break;
    case 20:
      // Everybody at once, as when a room's network fails.
      if (!random_.one_in(3)) break;
      for (const auto& client : clients_) client->lose_link(SimClient::Loss::noticed);
      break;
    case 21:
      if (!random_.one_in(3)) break;
      for (const auto& client : clients_) client->leave();
      pass(random_.ms_between(500, 3'000));
      break;
    case 22:
      if (random_.one_in(3)) pass(random_.ms_between(1'000, 6'000));
      break;
    default:
      break;
  }
}

void SimWorld::pass(milliseconds time) {
  constexpr milliseconds kStep{50};
  for (milliseconds passed{0}; passed < time; passed += kStep) step(kStep);
}

/// Ends every fault and waits until everybody is connected and everything is settled.
void SimWorld::calm_down() {
  shared_.trace([] { return "calm"; });
  if (!shared_.calm_since) shared_.calm_since = shared_.now.mono;
  store_fails_until_ = commits_held_until_ = {};
  for (const auto& link : links_) link->stall({});
  const auto all_rest = [this] {
    return server_.is_running() && !drain_ends_at_ &&
           std::ranges::all_of(clients_, [](const auto& client) { return client->is_at_rest(); });
  };
  constexpr milliseconds kStep{20};
  constexpr milliseconds kPatience{90'000};
  for (milliseconds passed{0}; !all_rest(); passed += kStep) {
    if (passed < kPatience) {
      step(kStep);
      continue;
    }
    std::string who;
    for (const auto& client : clients_) {
      if (!client->is_at_rest()) who += "; " + client->state();
    }
    complain("no rest after 90 s of calm" + who);
  }
}

}  // namespace weft::sim
