// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/authenticator.h"
#include "sim/cluster_backend.h"
#include "sim/ledger_store.h"
#include "sim/link.h"
#include "sim/plan.h"
#include "sim/shared.h"
#include "sim/sim_client.h"
#include "sim/sim_server.h"
#include "sim/single_backend.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::sim {

/// What became of a seed.
struct Verdict {
  std::string complaint;           // empty: every promise was kept
  std::vector<std::string> trace;  // of a traced run
  std::map<std::string, std::size_t> counts;
  std::uint64_t digest = 0;  // of everything that was committed
};

/// Clients, servers, a store or a shared log and everything that can come between them, played by
/// one seed: first mischief, then calm, then the reckoning.
class SimWorld {
 public:
  SimWorld(const Plan& plan, bool is_tracing);

  /// Plays the whole run. Complains with an exception.
  void play();
  [[nodiscard]] const Shared& shared() const { return shared_; }
  [[nodiscard]] std::uint64_t digest() const;

 private:
  // A run's three parts.
  void make_mischief();
  void calm_down();
  void reckon();

  void forget_commits(std::size_t step);
  void step(std::chrono::milliseconds time);
  void move_bytes();
  void connect_clients();
  void disturb();
  void disturb_cluster();
  void run_servers();
  void stop_drained(std::size_t index);
  void lose_clients_of(std::size_t index, std::size_t vanished_max);
  void end_one_more();
  void pass(std::chrono::milliseconds time);

  void check_room(const SimClient& observer) const;
  void check_store();
  void check_history(const CanvasId& canvas, std::uint64_t base_seq, ByteView base_state,
                     const std::vector<log::Entry>& tail);
  void check_shared_log();
  [[nodiscard]] bool are_all_up() const;
  void check_observer();
  [[nodiscard]] SimClient& any_client();

  Plan plan_;
  Shared shared_;
  Random& random_;
  std::optional<connection::KeySet> keys_;
  connection::Authenticator authenticator_;
  LedgerStore store_;  // of the embedded server
  SingleBackend single_;
  ClusterBackend cluster_;
  /// A server and what is to become of it.
  struct Instance {
    std::unique_ptr<SimServer> server;
    std::optional<Instant> starts_at;
    std::optional<Instant> drain_ends_at;
  };
  std::vector<Instance> instances_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  std::vector<std::shared_ptr<Link>> links_;

  // Faults that last.
  Instant commits_held_until_{};
  Instant store_fails_until_{};
  std::size_t vanished_ = 0;
};

/// Plays a seed to its end.
[[nodiscard]] Verdict play(const Plan& plan, bool is_tracing = false);

}  // namespace weft::sim
