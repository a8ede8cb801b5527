// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"

#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

inline std::string name_of(log::LogErrc errc) {
  switch (errc) {
    case log::LogErrc::duplicate:
      return "duplicate";
    case log::LogErrc::out_of_order:
      return "out_of_order";
    case log::LogErrc::not_owner:
      return "not_owner";
    case log::LogErrc::unavailable:
      return "unavailable";
    case log::LogErrc::corrupt:
      return "corrupt";
  }
  return "?";
}

/// A room that writes down what the log tells it: "1 ann:1" is entry 1, the first push of client
/// ann.
class LogRecorder final : public log::LogListener {
 public:
  void log_opened(log::Opened result) override {
    EXPECT_FALSE(is_inside_call);
    EXPECT_FALSE(is_answered()) << "an open is answered once";
    opened = std::move(result);
    entries = opened->tail;
  }
  void log_open_failed(log::LogErrc errc, const std::string& detail) override {
    EXPECT_FALSE(is_inside_call);
    open_failure = errc;
    open_failure_detail = detail;
  }
  void log_entries(std::span<const log::Entry> batch) override {
    EXPECT_FALSE(is_inside_call);
    ++deliveries;
    for (const log::Entry& entry : batch) {
      told.push_back(std::to_string(entry.seq) + " " + entry.push.client + ":" +
                     std::to_string(entry.push.n));
      entries.push_back(entry);
    }
  }
  void log_refused(const ClientId& client, std::uint64_t n, ActorId, log::LogErrc errc) override {
    EXPECT_FALSE(is_inside_call);
    told.push_back(name_of(errc) + " " + client + ":" + std::to_string(n));
  }
  void log_actors(log::ActorRange range) override {
    EXPECT_FALSE(is_inside_call);
    actors = range;
  }

  void log_synced() override {
    EXPECT_FALSE(is_inside_call);
    ++syncs;
  }
  void log_epoch_changed(std::uint64_t epoch) override {
    EXPECT_FALSE(is_inside_call);
    ASSERT_TRUE(opened.has_value());
    epochs.push_back(epoch);
  }
  /// Everything that was told is void: what comes next is as after open().
  void log_reset() override {
    EXPECT_FALSE(is_inside_call);
    EXPECT_TRUE(opened.has_value());
    ++resets;
    opened.reset();
    open_failure.reset();
    entries.clear();
  }
  [[nodiscard]] std::optional<Bytes> log_state() override {
    EXPECT_TRUE(opened.has_value());
    return state;
  }

  [[nodiscard]] bool is_answered() const { return opened.has_value() || open_failure.has_value(); }

  std::optional<log::Opened> opened;
  std::optional<log::LogErrc> open_failure;
  std::string open_failure_detail;
  std::vector<std::string> told;
  std::vector<log::Entry> entries;  // the tail it was opened with, and all that came since
  int deliveries = 0;
  std::optional<log::ActorRange> actors;
  int syncs = 0;
  int resets = 0;
  std::vector<std::uint64_t> epochs;  // those that the history went on under
  Bytes state = "state";              // what log_state answers
  bool is_inside_call = false;        // set while the test calls the log: nothing may come then
};

}  // namespace weft::test
