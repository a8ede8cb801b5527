// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace weft::test {

/// A log on its way to another one, which lets the test decide on syncs and speak as the log.
class LogTap final : public log::Log {
 public:
  explicit LogTap(log::Log& log) : log_(log) {}

  void open(const CanvasId& canvas, log::LogListener& listener) override {
    listeners_[canvas] = &listener;
    log_.open(canvas, listener);
  }
  void close(const CanvasId& canvas) override {
    listeners_.erase(canvas);
    log_.close(canvas);
  }
  void append(const CanvasId& canvas, log::Push push) override {
    log_.append(canvas, std::move(push));
  }
  void save_snapshot(const CanvasId& canvas, log::Snapshot snapshot) override {
    log_.save_snapshot(canvas, std::move(snapshot));
  }
  [[nodiscard]] bool sync(const CanvasId& canvas) override {
    ++syncs_;
    return !syncs_take_time_ && log_.sync(canvas);
  }
  void reserve_actors(const CanvasId& canvas) override {
    ++reservations_;
    log_.reserve_actors(canvas);
  }
  [[nodiscard]] std::optional<log::ClientMark> client(const CanvasId& canvas,
                                                      const ClientId& client) const override {
    return log_.client(canvas, client);
  }
  void exists(const CanvasId& canvas,
              std::function<void(Result<bool, std::string> exists)> done) override {
    log_.exists(canvas, std::move(done));
  }
  [[nodiscard]] bool is_available() const override { return log_.is_available(); }

  /// Syncs are answered by the test, through the listener.
  void hold_syncs(bool hold) { syncs_take_time_ = hold; }
  [[nodiscard]] std::size_t syncs() const { return syncs_; }
  [[nodiscard]] std::size_t reservations() const { return reservations_; }
  [[nodiscard]] log::LogListener& listener(const CanvasId& canvas = "try") {
    return *listeners_.at(canvas);
  }

 private:
  log::Log& log_;
  bool syncs_take_time_ = false;
  std::size_t syncs_ = 0;
  std::size_t reservations_ = 0;
  std::map<CanvasId, log::LogListener*> listeners_;
};

}  // namespace weft::test
