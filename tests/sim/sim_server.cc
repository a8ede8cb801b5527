// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_server.h"

#include "sim/complaint.h"

#include <utility>

namespace weft::sim {

SimServer::Life::Life(Shared& shared, LedgerStore& store,
                      const connection::Authenticator& authenticator, std::uint64_t epoch)
    : log(
          store, [this](std::function<void()> work) { posted.push_back(std::move(work)); },
          [epoch]() mutable { return ++epoch; }),
      router(shared.plan.router, authenticator, log, nullptr, shared.plan.seed),
      drivers(router, shared.plan.outbox, shared.plan.router.room.limits,
              [&shared] { return shared.now; }) {}

SimServer::SimServer(Shared& shared, LedgerStore& store,
                     const connection::Authenticator& authenticator)
    : shared_(shared), store_(store), authenticator_(authenticator) {
  start();
}

SimServer::~SimServer() = default;

void SimServer::start() {
  shared_.trace([] { return "the server starts"; });
  ++shared_.server_life;
  epochs_ += 1'000;
  life_ = std::make_unique<Life>(shared_, store_, authenticator_, epochs_);
}

void SimServer::crash() {
  shared_.trace([] { return "the server crashes"; });
  shared_.actors.doubt_everyone();
  store_.medium().crash();
  for (const auto& link : life_->links) link->cut();
  life_.reset();
}

void SimServer::drain(std::chrono::milliseconds window) {
  shared_.trace([] { return "the server is being stopped"; });
  shared_.actors.doubt_everyone();
  ++shared_.server_life;
  life_->router.drain(shared_.now, window);
}

void SimServer::stop() {
  shared_.trace([] { return "the server has stopped"; });
  shared_.actors.doubt_everyone();
  for (const auto& link : life_->links) link->cut();
  life_.reset();
  store_.medium().fail_appends(false);
  if (!store_.flush(shared_.now.mono)) complain("the store cannot be flushed");
}

void SimServer::accept(const std::shared_ptr<Link>& link, const CanvasId& canvas) {
  life_->links.push_back(link);
  life_->drivers.adopt(Link::server_end(link), canvas, protocol::Encoding::msgpack, {});
}

void SimServer::turn(std::size_t store_calls) {
  while (store_calls > 0 && store_.medium().pump_one()) --store_calls;
  for (const auto& work : std::exchange(life_->posted, {})) work();
  for (const auto& link : life_->links) link->wake_server();
  life_->drivers.end_turn();
  std::erase_if(life_->links, [](const auto& link) { return link->has_server_closed(); });
}

}  // namespace weft::sim
