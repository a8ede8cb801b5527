// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_server.h"

#include <string>
#include <utility>

namespace weft::sim {

SimServer::Life::Life(Shared& shared, Backend& backend,
                      const connection::Authenticator& authenticator, std::size_t instance)
    : seams(backend.begin(
          instance, [this](std::function<void()> work) { posted.push_back(std::move(work)); })),
      router(shared.plan.router, authenticator, *seams.log, *seams.bus, nullptr,
             shared.plan.seed + instance),
      drivers(router, shared.plan.outbox, shared.plan.router.room.limits,
              [&shared] { return shared.now; }) {}

SimServer::SimServer(Shared& shared, Backend& backend,
                     const connection::Authenticator& authenticator, std::size_t instance)
    : shared_(shared), backend_(backend), authenticator_(authenticator), instance_(instance) {
  start();
}

SimServer::~SimServer() = default;

void SimServer::start() {
  shared_.trace([&] { return "server " + std::to_string(instance_) + " starts"; });
  ++shared_.server_life;
  life_ = std::make_unique<Life>(shared_, backend_, authenticator_, instance_);
}

void SimServer::crash() {
  shared_.trace([&] { return "server " + std::to_string(instance_) + " crashes"; });
  shared_.actors.doubt_everyone();
  backend_.crash(life_->seams);
  for (const auto& link : life_->links) link->cut();
  life_.reset();
}

void SimServer::drain(std::chrono::milliseconds window) {
  shared_.trace([&] { return "server " + std::to_string(instance_) + " is being stopped"; });
  shared_.actors.doubt_everyone();
  ++shared_.server_life;
  life_->router.drain(shared_.now, window);
}

void SimServer::stop() {
  shared_.trace([&] { return "server " + std::to_string(instance_) + " has stopped"; });
  shared_.actors.doubt_everyone();
  for (const auto& link : life_->links) link->cut();
  life_->router.shut_down(shared_.now);
  life_.reset();
  backend_.stopped();
}

void SimServer::accept(const std::shared_ptr<Link>& link, const CanvasId& canvas) {
  life_->links.push_back(link);
  const protocol::Form form(protocol::Encoding::msgpack, link->is_compressed());
  life_->drivers.adopt(Link::server_end(link), canvas, form, {});
}

void SimServer::turn() {
  for (const auto& work : std::exchange(life_->posted, {})) work();
  for (const auto& link : life_->links) link->wake_server();
  life_->drivers.end_turn();
  std::erase_if(life_->links, [](const auto& link) { return link->has_server_closed(); });
}

}  // namespace weft::sim
