// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <sys/epoll.h>
#include <vector>

namespace weft::runtime {

/// A socket that a Poller watches. Owns its descriptor.
class Watched {
 public:
  /// What has become possible. Each is told once when it begins (edges, epoll(7)): who does not use
  /// it up has to remember it.
  struct Readiness {
    bool readable = false;
    bool writable = false;
    bool ended = false;  // the peer will send nothing more, or the link is broken
    bool again = false;  // tell_again was asked for this one, and is done with
  };
  virtual void note_ready(Readiness readiness) = 0;

 protected:
  ~Watched() = default;
};

/// The sockets of one loop, in an epoll set of their own: a socket is registered once for its life,
/// where a wait through Asio costs a system call for each read. Asio's loop watches the set, and is
/// woken by it. One per shard, on its thread.
class Poller {
 public:
  /// `io` outlives the poller.
  explicit Poller(boost::asio::io_context& io);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// False when the system has no room for another one (epoll's max_user_watches).
  [[nodiscard]] bool add(int descriptor, Watched& watched);
  /// Before `watched` closes its descriptor: nothing more is told to it.
  void remove(const Watched& watched);
  /// Tells `watched` again, as readable, with the next poll: there was more than it could take.
  void tell_again(Watched& watched) { again_.push_back(&watched); }

  /// Whether the next poll has something to tell that nothing wakes the loop for.
  [[nodiscard]] bool has_more() const { return !again_.empty(); }

  /// Tells everybody what is ready now, at most kEventsPerPoll. The loop's thread, between its
  /// handlers.
  void poll();
  /// Asio's loop wakes for the next socket that gets ready. Call it before the loop may sleep.
  void arm();

 private:
  static constexpr std::size_t kEventsPerPoll = 512;

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor set_;  // owns the epoll set
  bool is_armed_ = false;
  std::array<epoll_event, kEventsPerPoll>
      events_{};  // those after next_event_ are still to be told
  std::size_t next_event_ = 0;
  std::size_t event_count_ = 0;
  std::vector<Watched*> again_;
  std::vector<Watched*> telling_again_;
};

}  // namespace weft::runtime
