// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"
#include "support/log_recorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weft::test {

/// A room whose document is the list of pushes that it was told, each as "client:n ". So two rooms
/// with one document were told one history, by whatever snapshots and entries.
class LogRoom final : public log::LogListener {
 public:
  void log_opened(log::Opened opened) override {
    EXPECT_FALSE(is_open);
    is_open = true;
    epoch = opened.epoch;
    actors = opened.actors;
    base_seq = opened.base.seq;
    newest_snapshot_seq = opened.newest_snapshot_seq;
    seq = opened.base.seq;
    sum = opened.base.sum;
    document = opened.base.state;
    ++opens;
    take(opened.tail);
  }
  void log_open_failed(log::LogErrc errc, const std::string& detail) override {
    EXPECT_FALSE(is_open);
    failure = name_of(errc) + ": " + detail;
  }
  void log_entries(std::span<const log::Entry> entries) override {
    EXPECT_TRUE(is_open);
    take(entries);
  }
  void log_refused(const ClientId& client, std::uint64_t n, ActorId, log::LogErrc errc) override {
    EXPECT_TRUE(is_open);
    refusals.push_back(name_of(errc) + " " + client + ":" + std::to_string(n));
  }
  void log_actors(log::ActorRange range) override { more_actors = range; }
  void log_synced() override { ++syncs; }
  void log_epoch_changed(std::uint64_t changed) override {
    EXPECT_TRUE(is_open);
    epoch = changed;
    ++epoch_changes;
  }
  void log_reset() override {
    EXPECT_TRUE(is_open);
    is_open = false;
    ++resets;
  }
  [[nodiscard]] std::optional<Bytes> log_state() override {
    EXPECT_TRUE(is_open);
    return document;
  }
  [[nodiscard]] log::Snapshot snapshot() const {
    return {.seq = seq, .sum = sum, .state = document, .clients = {}};
  }
  [[nodiscard]] bool has(const std::string& push) const {
    return (" " + document).find(" " + push + " ") != std::string::npos;
  }
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(std::count(document.begin(), document.end(), ' '));
  }

  bool is_open = false;
  std::uint64_t epoch = 0;
  std::uint64_t base_seq = 0;
  std::uint64_t newest_snapshot_seq = 0;
  std::uint64_t seq = 0;
  protocol::Sum sum = 0;
  log::ActorRange actors;
  std::optional<log::ActorRange> more_actors;
  Bytes document;
  std::string failure;
  std::vector<std::string> refusals;
  int opens = 0, resets = 0, epoch_changes = 0, syncs = 0;

 private:
  void take(std::span<const log::Entry> entries) {
    for (const log::Entry& entry : entries) {
      EXPECT_EQ(entry.seq, seq + 1);
      sum = log::next_sum(sum, log::encode_push(entry.push));
      EXPECT_EQ(entry.sum, sum);
      seq = entry.seq;
      document += entry.push.client + ":" + std::to_string(entry.push.n) + " ";
    }
  }
};

}  // namespace weft::test
