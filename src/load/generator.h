// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/address.h"
#include "load/person.h"
#include "load/plan.h"
#include "load/schedule.h"
#include "load/stage.h"
#include "load/workspace.h"
#include "util/bytes.h"
#include "util/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace weft::load {

/// One thread of people: an epoll loop of its own. Reads and writes go straight to the sockets;
/// neither allocates in the steady state.
class Generator {
 public:
  /// Takes every `plan.threads`-th person, beginning with `index`. All references outlive it.
  Generator(const Plan& plan, std::span<const Address> addresses, const Stage& stage,
            std::size_t index);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// The thread's function: returns when the stage is over.
  void run();

  /// Any thread.
  [[nodiscard]] const Progress& progress() const { return progress_; }
  /// After run().
  [[nodiscard]] const Tally& tally() const { return work_.tally; }
  /// Share of one core that the thread used while the window was open. After run().
  [[nodiscard]] double cpu_share() const;

 private:
  struct Peer {
    Peer(const Plan& plan, std::size_t number) : person(plan, number) {}
    Person person;
    int socket = -1;
    bool is_connecting = false;
    bool is_watched_for_writing = false;
    bool reads = true;
    Instant asked_at{};
    Bytes pending;  // what a full socket did not take
  };

  void enter(Phase phase, Instant now);
  void act(Instant now);
  void open_some(Instant now);
  void fill_flights(Instant now);
  void resend_refused(Instant now);
  void do_due(Instant now);
  void measure_cpu(Instant now);
  [[nodiscard]] bool is_window_open() const { return cpu_since_ && !is_cpu_measured_; }
  void forget_joined();
  void give_up_late_joins(Instant now);
  void wait(Instant now);
  [[nodiscard]] std::chrono::nanoseconds patience(Instant now) const;
  void publish();

  void open(Peer& peer, Instant asked_at, Instant now);
  void finish_connecting(Peer& peer, Instant now);
  void read(Peer& peer);
  void write(Peer& peer, ByteView bytes);
  void write_pending(Peer& peer);
  void watch(Peer& peer);
  /// Closes the socket of a person whose session is over.
  void close_if_over(Peer& peer);
  void lose(Peer& peer, int error);

  const Plan& plan_;
  std::size_t index_;
  std::span<const Address> addresses_;
  const Stage& stage_;
  Workspace work_;
  int epoll_ = -1;
  Phase phase_ = Phase::furnish;
  std::deque<Peer> peers_;      // people, then keepers
  std::size_t people_ = 0;      // how many of them are people
  std::vector<Peer*> doers_;    // those who act: at the schedule's slots, in turn
  std::deque<Peer*> to_open_;   // who comes next, while gathering
  std::vector<Peer*> joining_;  // who has come and is not in yet, or has just got in
  std::optional<Schedule> schedule_;
  Bytes scratch_;  // what is read
  Bytes out_;      // what is written
  Progress progress_;
  std::uint64_t opened_ = 0;
  std::uint64_t sent_ = 0;
  Instant next_sweep_{};
  Instant next_publishing_{};

  std::optional<Instant> cpu_since_;
  std::chrono::nanoseconds cpu_{};
  std::chrono::nanoseconds cpu_wall_{};
  bool is_cpu_measured_ = false;
};

}  // namespace weft::load
