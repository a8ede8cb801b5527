// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/authenticator.h"
#include "router/router.h"
#include "runtime/driver_pool.h"
#include "sim/backend.h"
#include "sim/link.h"
#include "sim/shared.h"
#include "util/ids.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace weft::sim {

/// One server without threads and sockets: the product's own drivers, router and document, in lives
/// that end in good order or in a crash. What it stands on outlives them.
class SimServer {
 public:
  SimServer(Shared& shared, Backend& backend, const connection::Authenticator& authenticator,
            std::size_t instance);
  ~SimServer();

  void start();
  void crash();
  /// Says goodbye to everyone within the window.
  void drain(std::chrono::milliseconds window);
  /// Drained: nobody is left, and the store can be flushed.
  void stop();

  [[nodiscard]] bool is_running() const { return life_ != nullptr; }
  [[nodiscard]] bool is_drained() const { return life_->drivers.size() == 0; }
  [[nodiscard]] std::size_t session_count() const { return life_->router.session_count(); }
  [[nodiscard]] std::size_t room_count() const { return life_->router.room_count(); }
  void accept(const std::shared_ptr<Link>& link, const CanvasId& canvas);
  /// One turn of the loop.
  void turn();

 private:
  /// What ends with the process.
  struct Life {
    Life(Shared& shared, Backend& backend, const connection::Authenticator& authenticator,
         std::size_t instance);
    std::vector<std::function<void()>> posted;
    Seams seams;
    router::Router router;
    runtime::DriverPool drivers;
    std::vector<std::shared_ptr<Link>> links;
  };

  Shared& shared_;
  Backend& backend_;
  const connection::Authenticator& authenticator_;
  std::size_t instance_;
  std::unique_ptr<Life> life_;
};

}  // namespace weft::sim
