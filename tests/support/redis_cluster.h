// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/redis_server.h"
#include "support/wait_until.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace weft::test {

/// A Redis Cluster of real servers. The first `masters` share the slots out evenly; the others know
/// the cluster and own nothing.
class RedisCluster {
 public:
  explicit RedisCluster(std::size_t masters = 3, std::size_t others = 0) : masters_(masters) {
    for (std::size_t i = 0; i < masters + others; ++i) {
      bus_ports_.push_back(free_port());
      servers_.push_back(std::make_unique<RedisServer>(std::vector<std::string>{
          "--cluster-enabled", "yes", "--cluster-port", std::to_string(bus_ports_[i]),
          "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no",
          "--cluster-replica-validity-factor", "0"}));
      server(i).command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    }
    for (std::size_t i = 0; i < masters; ++i) {
      const std::size_t first = kSlots * i / masters;
      const std::size_t last = kSlots * (i + 1) / masters - 1;
      server(i).command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
    }
    for (std::size_t i = 1; i < servers_.size(); ++i) {
      server(0).command({"CLUSTER", "MEET", "127.0.0.1", std::to_string(server(i).port()),
                         std::to_string(bus_ports_[i])});
    }
    wait_until_agreed();
  }

  [[nodiscard]] RedisServer& server(std::size_t i) { return *servers_[i]; }
  [[nodiscard]] std::size_t size() const { return servers_.size(); }
  [[nodiscard]] std::string url() const {
    return "redis+cluster://127.0.0.1:" + std::to_string(servers_[0]->port());
  }
  /// Which server had the slot in the beginning.
  [[nodiscard]] std::size_t first_owner_of(int slot) const {
    std::size_t i = 0;
    while (static_cast<std::size_t>(slot) >= kSlots * (i + 1) / masters_) ++i;
    return i;
  }

  void begin_migration(int slot, std::size_t from, std::size_t to) {
    set_slot(to, slot, {"IMPORTING", id(from)});
    set_slot(from, slot, {"MIGRATING", id(to)});
  }
  void migrate_keys(int slot, std::size_t from, std::size_t to) {
    const std::string slot_text = std::to_string(slot);
    while (server(from).command({"CLUSTER", "COUNTKEYSINSLOT", slot_text}) != "0") {
      const std::string key = server(from).command({"CLUSTER", "GETKEYSINSLOT", slot_text, "1"});
      migrate_key(key, from, to);
    }
  }
  void migrate_key(const std::string& key, std::size_t from, std::size_t to) {
    server(from).command(
        {"MIGRATE", "127.0.0.1", std::to_string(server(to).port()), key, "0", "5000"});
  }
  void end_migration(int slot, std::size_t from, std::size_t to) {
    set_slot(to, slot, {"NODE", id(to)});
    set_slot(from, slot, {"NODE", id(to)});
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (i != from && i != to) set_slot(i, slot, {"NODE", id(to)});
    }
  }
  void migrate(int slot, std::size_t from, std::size_t to) {
    begin_migration(slot, from, to);
    migrate_keys(slot, from, to);
    end_migration(slot, from, to);
  }
  /// The server `i` follows `master` from now on and could replace it.
  void replicate(std::size_t i, std::size_t master) {
    server(i).command({"CLUSTER", "REPLICATE", id(master)});
    wait_until(
        [&] {
          return server(i).command({"INFO", "replication"}).find("master_link_status:up") !=
                 std::string::npos;
        },
        "the replica to be in step");
  }

  /// Until every server knows all others and sees the cluster whole.
  void wait_until_agreed() {
    for (const auto& server : servers_) {
      wait_until(
          [&] {
            const std::string info = server->command({"CLUSTER", "INFO"});
            const std::string nodes = server->command({"CLUSTER", "NODES"});
            return info.find("cluster_state:ok") != std::string::npos &&
                   info.find("cluster_known_nodes:" + std::to_string(servers_.size()) + "\r") !=
                       std::string::npos &&
                   info.find("cluster_slots_ok:16384\r") != std::string::npos &&
                   nodes.find("handshake") == std::string::npos;
          },
          "the cluster to agree");
    }
  }

 private:
  static constexpr std::size_t kSlots = 16384;

  std::string id(std::size_t i) { return server(i).command({"CLUSTER", "MYID"}); }
  void set_slot(std::size_t i, int slot, const std::vector<std::string>& how) {
    std::vector<std::string> words = {"CLUSTER", "SETSLOT", std::to_string(slot)};
    words.insert(words.end(), how.begin(), how.end());
    server(i).command(words);
  }

  std::size_t masters_;
  std::vector<std::uint16_t> bus_ports_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
};

}  // namespace weft::test
