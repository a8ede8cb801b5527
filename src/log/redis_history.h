// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"
#include "log/redis_message.h"
#include "log/redis_scripts.h"
#include "util/result.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weft::log {

/// Entries that an instance remembers of a canvas, so that it can bring back what Redis lost.
inline constexpr std::size_t kRememberedBytesMax = 4 << 20;
inline constexpr std::size_t kRememberedEntriesMax = 10'000;

/// What one instance knows of a canvas's history, how much of it the listener has been told, and
/// every client's mark. Checks each entry; knows nothing of Redis.
class RedisHistory {
 public:
  struct Remembered {
    Point point;  // after this entry
    Bytes push;
  };
  struct Client {
    UserId user;
    std::uint64_t told_n = 0;
    std::uint64_t known_n = 0;  // told_n, and what is known beyond
  };

  explicit RedisHistory(CanvasId canvas) : canvas_(std::move(canvas)) {}

  /// Forgets everything and begins at `base`, all of which counts as told.
  void begin(Point base, std::span<const ClientMark> clients);
  /// Takes the next entry, and shows it until it is told. The failure is a sentence that names
  /// canvas and seq: it is not the next one, or it does not follow on what is known.
  [[nodiscard]] Result<const Entry*, std::string> accept(KeptEntry entry);
  /// Everything up to `seq` that has not been told yet counts as told from now on.
  [[nodiscard]] std::vector<Entry> tell_up_to(std::uint64_t seq);
  /// Back to what has been told.
  void forget_untold();
  /// What lies at or before `seq` need not be remembered.
  void forget_remembered(std::uint64_t seq);
  /// The same history has another chain where it ends now.
  void rename_chain(Bytes chain) { known_.chain = told_.chain = std::move(chain); }

  [[nodiscard]] const Point& known() const { return known_; }
  [[nodiscard]] const Point& told() const { return told_; }
  [[nodiscard]] bool has_untold() const { return !untold_.empty(); }
  /// The point after `seq`, if that is remembered.
  [[nodiscard]] const Point* point_at(std::uint64_t seq) const;
  /// Its sum.
  [[nodiscard]] std::optional<protocol::Sum> sum_at(std::uint64_t seq) const;
  [[nodiscard]] const Client* find(const ClientId& client) const;
  /// As of the newest entry that was told, in the order of their names.
  [[nodiscard]] std::vector<ClientMark> told_marks() const;
  /// Without a hole, up to the newest that is known.
  [[nodiscard]] const std::deque<Remembered>& remembered() const { return remembered_; }
  /// Above every actor that has pushed here.
  [[nodiscard]] std::uint64_t next_actor() const { return next_actor_; }

 private:
  CanvasId canvas_;
  Point known_;
  Point told_;
  std::deque<Entry> untold_;
  std::map<ClientId, Client> clients_;
  Point before_remembered_;
  std::deque<Remembered> remembered_;
  std::size_t remembered_bytes_ = 0;
  std::uint64_t next_actor_ = 1;
};

}  // namespace weft::log
