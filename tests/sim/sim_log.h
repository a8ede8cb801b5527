// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/entry.h"
#include "log/log.h"
#include "sim/shared.h"
#include "sim/sim_net.h"
#include "util/ids.h"
#include "util/time.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace weft::sim {

/// The log that instances share: one order, made here; each instance is told with delays of its
/// own. An entry is in the ledger from the moment at which the first instance is told of it; one
/// that nobody was told of may be lost when the canvas starts over.
class SimLogService {
 public:
  SimLogService(Shared& shared, const SimNet& net) : shared_(shared), net_(net) {}

  [[nodiscard]] std::unique_ptr<log::Log> connect(std::size_t instance);
  /// Carries out what is due, and tells the rooms.
  void run();
  /// The canvas goes on under another epoch; what nobody was told of may be gone, and then
  /// everybody has to start over.
  void start_over(const CanvasId& canvas);
  /// Whether the log has entries that nobody was told of: whoever was to hear of them ended before.
  [[nodiscard]] bool has_untold(const CanvasId& canvas);
  /// What a fresh instance is given, for the reckoning. It counts as told from then on.
  [[nodiscard]] log::Opened read_at_rest(const CanvasId& canvas);
  [[nodiscard]] std::uint64_t mark(const CanvasId& canvas, const ClientId& client);

 private:
  class SimLog;

  using Marks = std::map<ClientId, log::ClientMark>;
  struct Canvas {
    std::uint64_t epoch = 0;
    std::vector<log::Entry> entries;  // entries[i] has seq i + 1
    std::uint64_t told = 0;           // entries that somebody was told of
    Marks marks;
    std::uint64_t next_actor = 1;
    std::vector<log::Snapshot> snapshots;  // at most two, ascending
  };

  // From an instance to the log.
  struct Open {};
  struct Sync {};
  struct Reserve {};
  using Request = std::variant<Open, Sync, Reserve, log::Push, log::Snapshot>;
  // From the log to an instance.
  struct OpenFailed {};
  struct Synced {};
  struct Reset {};
  struct Refusal {
    log::Push push;
    log::LogErrc errc = log::LogErrc::unavailable;
  };
  using Word = std::variant<log::Opened, OpenFailed, log::Entry, Refusal, log::ActorRange, Synced,
                            Reset, std::uint64_t>;  // a number: another epoch
  template <class T>
  struct Due {
    Instant at{};
    T what;
  };
  /// One canvas that is open at one instance. Outlives that for as long as requests are under way.
  struct Channel {
    std::size_t instance = 0;
    CanvasId canvas;
    log::LogListener* listener = nullptr;  // null: closed
    bool is_told = false;                  // is given entries
    bool is_void = false;                  // until it hears of the reset
    std::deque<Due<Request>> requests;
    std::deque<Due<Word>> words;
    std::deque<Refusal> local;  // told without the log
    Marks marks;                // as of what it was told
    std::uint64_t delivered = 0;
    /// A push that was refused as unavailable; those after it are refused alike.
    std::map<ClientId, std::uint64_t> waits;
  };

  [[nodiscard]] Canvas& canvas(const CanvasId& id);
  [[nodiscard]] static log::Opened read(const Canvas& from);
  void ask(Channel& channel, Request request);
  void tell(Channel& channel, Word word);
  template <class T>
  void put(std::deque<Due<T>>& queue, T what, std::chrono::milliseconds lag);
  void carry_out(Channel& channel, Request& request);
  void append(Channel& channel, const log::Push& push);
  void take(Channel& channel, Word& word);
  void reach(Channel& channel, const log::Entry& entry);
  void note_told(const CanvasId& id, const log::Entry& entry);
  [[nodiscard]] Instant now() const { return shared_.now.mono; }

  Shared& shared_;
  const SimNet& net_;
  std::map<CanvasId, Canvas> canvases_;
  std::vector<std::shared_ptr<Channel>> channels_;
  std::uint64_t last_epoch_ = 0;
};

}  // namespace weft::sim
