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
      single_(store_),
      cluster_(shared_) {
  using connection::Role;
  shared_.key = keys_ ? keys_->signing_key() : nullptr;
  Backend& backend = shared_.is_cluster() ? static_cast<Backend&>(cluster_) : single_;
  for (std::size_t i = 0; i < plan_.cluster.instances; ++i) {
    instances_.push_back(
        {std::make_unique<SimServer>(shared_, backend, authenticator_, i), {}, {}});
  }
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
    if (shared_.is_cluster() && random_.percent(plan_.disturbs)) disturb_cluster();
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
  Instance& instance = instances_[0];
  if (step != plan_.steps * 3 / 4 || !instance.server->is_running()) return;
  instance.drain_ends_at.reset();
  instance.server->crash();
  instance.server->start();
}

void SimWorld::step(milliseconds time) {
  shared_.now.mono += time;
  shared_.now.wall_ms += time.count();
  constexpr milliseconds kLeap{100};
  if (time > kLeap) shared_.last_leap = shared_.now.mono;
  run_servers();
  connect_clients();
  move_bytes();
  for (const auto& client : clients_) {
    client->read();
    client->tick();
  }
}

void SimWorld::run_servers() {
  const Instant now = shared_.now.mono;
  if (shared_.is_cluster()) {
    cluster_.run();
  } else {
    store_.medium().fail_appends(now < store_fails_until_);
  }
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    Instance& instance = instances_[i];
    SimServer& server = *instance.server;
    if (server.is_running()) {
      std::size_t calls = 0;
      if (now >= commits_held_until_) calls = random_.one_in(3) ? random_.below(4) : SIZE_MAX;
      if (shared_.is_calm()) calls = SIZE_MAX;
      while (!shared_.is_cluster() && calls > 0 && store_.medium().pump_one()) --calls;
      const std::size_t rooms = server.room_count();
      server.turn();
      if (server.room_count() < rooms) shared_.count("room closed");
      stop_drained(i);
    } else if (instance.starts_at && now >= *instance.starts_at) {
      instance.starts_at.reset();
      server.start();
    }
  }
}

void SimWorld::stop_drained(std::size_t index) {
  Instance& instance = instances_[index];
  const Instant now = shared_.now.mono;
  if (!instance.drain_ends_at) return;
  if (!instance.server->is_drained() && now < *instance.drain_ends_at) return;
  instance.drain_ends_at.reset();
  instance.server->stop();
  instance.starts_at = now + random_.ms_between(0, 500);
}

bool SimWorld::are_all_up() const {
  return std::ranges::all_of(instances_, [](const Instance& instance) {
    return instance.server->is_running() && !instance.drain_ends_at;
  });
}

void SimWorld::connect_clients() {
  for (const auto& client : clients_) {
    if (!client->wants_link()) continue;
    const std::size_t index = shared_.is_cluster() ? random_.below(instances_.size()) : 0;
    SimServer& server = *instances_[index].server;
    if (!server.is_running()) {
      client->note_unreachable();
      continue;
    }
    shared_.trace([&] { return client->id() + " connects to server " + std::to_string(index); });
    const bool is_compressed = links_.size() % 2 == 0;
    links_.push_back(std::make_shared<Link>(plan_.socket_bytes_max, is_compressed));
    server.accept(links_.back(), client->canvas());
    client->connect(links_.back(), index);
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
    case 18: {
      const std::size_t index = shared_.is_cluster() ? random_.below(instances_.size()) : 0;
      Instance& instance = instances_[index];
      if (!instance.server->is_running() || plan_.cluster.is_faithful) break;
      lose_clients_of(index, plan_.clients / 3);
      shared_.count("crash");
      instance.server->crash();
      instance.drain_ends_at.reset();
      instance.starts_at = now + random_.ms_between(0, 400);
      break;
    }
    case 19: {
      const std::size_t index = shared_.is_cluster() ? random_.below(instances_.size()) : 0;
      Instance& instance = instances_[index];
      if (!instance.server->is_running() || instance.drain_ends_at) break;
      if (plan_.cluster.is_faithful) break;
      lose_clients_of(index, plan_.clients / 3);
      shared_.count("drain");
      instance.server->drain(random_.ms_between(0, 300));
      instance.drain_ends_at = now + random_.ms_between(100, 1'500);
      break;
    }
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

/// An instance is about to end: some of its clients are never seen again, so that only the other
/// instances can let them go.
void SimWorld::lose_clients_of(std::size_t index, std::size_t vanished_max) {
  if (!shared_.is_cluster()) return;
  for (const auto& client : clients_) {
    if (client->instance() != index || vanished_ >= vanished_max || !random_.one_in(3)) continue;
    client->vanish(false);
    ++vanished_;
  }
}

/// What comes between instances.
void SimWorld::disturb_cluster() {
  const Instant now = shared_.now.mono;
  SimNet& net = cluster_.net();
  const std::size_t one = random_.below(instances_.size());
  const std::size_t other = (one + 1 + random_.below(instances_.size() - 1)) % instances_.size();
  switch (random_.below(10)) {
    case 0:
    case 1:
      net.stop_log(now + random_.ms_between(20, 600));
      break;
    case 2:
      if (plan_.cluster.is_faithful) break;
      shared_.count("cut off");
      net.cut_off(one, now + random_.ms_between(20, random_.one_in(2) ? 400 : 3'000));
      break;
    case 3:
    case 4:
      if (plan_.cluster.is_faithful) break;
      shared_.count("parted");
      net.part(one, other, now + random_.ms_between(20, random_.one_in(2) ? 400 : 3'000));
      break;
    case 5:
      if (plan_.cluster.is_faithful || !random_.one_in(3)) break;
      shared_.count("log starts over");
      ++shared_.server_life;
      shared_.actors.doubt_everyone();
      cluster_.log().start_over("canvas-" + std::to_string(random_.below(plan_.canvases)));
      break;
    case 6:
    case 7:
    case 8:
      any_client().hop();
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
  cluster_.net().heal();
  for (const auto& link : links_) link->stall({});
  const auto all_rest = [this] {
    return are_all_up() &&
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
