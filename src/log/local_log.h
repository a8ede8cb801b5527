// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"
#include "store/store.h"

#include <boost/container/deque.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weft::log {

/// Bytes of pushes that a canvas may have on their way to the store; more are refused as
/// unavailable.
inline constexpr std::size_t kInFlightBytesMax = 8 << 20;
/// Clients per canvas whose very first push was refused as unavailable and who are remembered for
/// it; of more, the longest remembered one is forgotten, and what follows on its push is
/// `out_of_order`.
inline constexpr std::size_t kWaitingStrangersMax = 1'000;
/// How many actor numbers are taken from the store at a time.
inline constexpr std::uint64_t kActorsPerReservation = 4096;

/// The log of a server that works alone: order is made here, and the store keeps it, so that there
/// is nothing to sync and no other history to change to. One per shard; everything but `post` runs
/// on that shard. Not to be destroyed from inside a call to a listener.
class LocalLog final : public Log {
 public:
  /// Runs a function later on this shard, in the order of the calls; any thread may call.
  using Post = std::function<void(std::function<void()>)>;
  /// A number that no canvas of this store ever had as its epoch; random for all practical
  /// purposes.
  using EpochSource = std::function<std::uint64_t()>;

  /// `store` must outlive the log. `post` is not called after the log's destruction.
  LocalLog(store::Store& store, Post post, EpochSource fresh_epoch);
  ~LocalLog() override;
  LocalLog(const LocalLog&) = delete;
  LocalLog& operator=(const LocalLog&) = delete;

  void open(const CanvasId& canvas, LogListener& listener) override;
  void close(const CanvasId& canvas) override;
  void append(const CanvasId& canvas, Push push) override;
  void save_snapshot(const CanvasId& canvas, Snapshot snapshot) override;
  [[nodiscard]] bool sync(const CanvasId& canvas) override;
  void reserve_actors(const CanvasId& canvas) override;
  [[nodiscard]] std::optional<ClientMark> client(const CanvasId& canvas,
                                                 const ClientId& client) const override;
  void exists(const CanvasId& canvas, std::function<void(Result<bool, std::string>)> done) override;
  [[nodiscard]] bool is_available() const override;

 private:
  /// One open() of a canvas; never used twice. What belongs to an earlier life of the canvas is
  /// dropped.
  using Life = std::uint64_t;

  struct Refusal {
    ClientId client;
    std::uint64_t n = 0;
    ActorId actor;
    LogErrc errc = LogErrc::unavailable;
  };
  /// One that has a push in the log or on its way there.
  struct Client {
    UserId user;
    std::uint64_t delivered_n = 0;
    std::uint64_t appended_n = 0;  // the highest that has a seq
    /// appended_n + 1 was refused as unavailable, so what follows it is no fault of the client's.
    bool waits_for_retry = false;
  };
  struct InFlight {
    Entry entry;
    std::size_t bytes = 0;
    std::vector<Refusal> duplicates;  // told after the entry; one per actor
  };
  /// head_* is what was appended, delivered_* what the listener has been given.
  struct Canvas {
    Life life = 0;
    LogListener* listener = nullptr;
    bool is_open = false;  // log_opened has been called
    std::uint64_t epoch = 0;
    std::uint64_t head_seq = 0;
    protocol::Sum head_sum = 0;
    std::uint64_t delivered_seq = 0;
    protocol::Sum delivered_sum = 0;
    std::uint64_t committed_seq = 0;
    std::map<ClientId, Client> clients;
    /// Not among `clients`: their first push was refused as unavailable. In the order of that.
    boost::container::deque<ClientId> waiting_strangers;
    boost::container::deque<InFlight> in_flight;  // (delivered_seq, head_seq]
    std::size_t in_flight_bytes = 0;
  };

  // What comes back to the shard.
  struct Committed {
    std::uint64_t seq = 0;
  };
  using Loaded = Result<store::StoredCanvas, store::StoreError>;
  using Reserved = Result<std::uint64_t, store::StoreError>;
  /// Belongs to no life: it is answered whether the canvas is open or not.
  struct Existence {
    std::function<void(Result<bool, std::string>)> done;
    Result<bool, std::string> exists;
  };
  struct Event {
    CanvasId canvas;
    Life life = 0;
    std::variant<Committed, Loaded, Reserved, Refusal, Existence> what;
  };
  class Inbox;

  void handle(std::vector<Event> events);
  [[nodiscard]] Canvas* find(const CanvasId& canvas, Life life);
  [[nodiscard]] Canvas& opened(const CanvasId& canvas);
  void handle_loaded(const CanvasId& id, Canvas& canvas, Loaded loaded);
  void deliver(const CanvasId& id, Canvas& canvas);
  static void note_unavailable(Canvas& canvas, const ClientId& client);
  [[nodiscard]] static bool waits_for_retry(const Canvas& canvas, const ClientId& client);
  void refuse(const CanvasId& id, const Canvas& canvas, const Push& push, LogErrc errc);

  store::Store& store_;
  EpochSource fresh_epoch_;
  std::shared_ptr<Inbox> inbox_;
  std::map<CanvasId, Canvas> canvases_;
  Life last_life_ = 0;
};

}  // namespace weft::log
