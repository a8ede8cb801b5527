// SPDX-License-Identifier: Apache-2.0
#include "load/generator.h"

#include "load/process_meter.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace weft::load {

using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// What is read at once: the frames of many ticks.
constexpr std::size_t kScratchBytes = 256 * 1024;
/// What may wait behind a full socket; more is not sent.
constexpr std::size_t kPendingBytesMax = 1024 * 1024;
/// Joins under way at once while people gather, so that a server's backlog does not overflow. The
/// join scenario has no such bound: its people come when the schedule says.
constexpr std::size_t kJoinsAtOnce = 64;
/// Who is not in after this is given up.
constexpr auto kJoinPatience = 30s;
constexpr auto kSweepEvery = 500ms;
/// Publishing looks at everybody, so not after every event.
constexpr auto kPublishEvery = 25ms;
/// How soon a new phase is noticed.
constexpr auto kPatienceMax = 10ms;
/// Slots done before sockets are looked at again, when the schedule is behind.
constexpr int kSlotsPerTurn = 256;
constexpr int kEventsPerTurn = 256;
/// Little, so that the server notices soon that somebody does not read.
constexpr int kStalledReceiveBytes = 8 * 1024;

void show(std::atomic<std::uint64_t>& to, std::uint64_t value) {
  to.store(value, std::memory_order_relaxed);
}

}  // namespace

Generator::Generator(const Plan& plan, std::span<const Address> addresses, const Stage& stage,
                     std::size_t index)
    : plan_(plan),
      index_(index),
      addresses_(addresses),
      stage_(stage),
      work_(stage.origin, plan.seed * kThreadsMax + index),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      scratch_(kScratchBytes, '\0') {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  for (std::size_t i = index; i < plan.people_total(); i += plan.threads) {
    Peer& peer = peers_.emplace_back(plan, i);
    if (plan.is_doer(i)) doers_.push_back(&peer);
  }
  people_ = peers_.size();
  if (plan.entities == 0) return;
  for (std::size_t room = index; room < plan.rooms; room += plan.threads) {
    to_open_.push_back(&peers_.emplace_back(plan, plan.people_total() + room));
  }
}

Generator::~Generator() {
  for (const Peer& peer : peers_) {
    if (peer.socket >= 0) ::close(peer.socket);
  }
  ::close(epoll_);
}

double Generator::cpu_share() const {
  if (cpu_wall_.count() == 0) return 0;
  return static_cast<double>(cpu_.count()) / static_cast<double>(cpu_wall_.count());
}

void Generator::run() {
  while (true) {
    const Instant now = Clock::now();
    if (const Phase phase = stage_.phase(); phase != phase_) {
      // No phase is left out: each has something to set up.
      enter(static_cast<Phase>(static_cast<int>(phase_) + 1), now);
      if (phase_ == Phase::over) return;
      continue;
    }
    act(now);
    wait(now);
  }
}

void Generator::enter(Phase phase, Instant now) {
  phase_ = phase;
  switch (phase) {
    case Phase::furnish:
      break;
    case Phase::gather:
      // In a storm the keepers stay, so that the rooms are warm.
      for (std::size_t i = people_; i < peers_.size(); ++i) {
        if (plan_.scenario == Scenario::join && peers_[i].person.has_furnished()) continue;
        out_.clear();
        peers_[i].person.leave(work_, out_);
        write(peers_[i], out_);
        close_if_over(peers_[i]);
      }
      to_open_.clear();
      if (plan_.scenario == Scenario::join) break;
      for (std::size_t i = 0; i < people_; ++i) to_open_.push_back(&peers_[i]);
      break;
    case Phase::play: {
      to_open_.clear();
      work_.window = stage_.window();
      double rate = plan_.rate * static_cast<double>(doers_.size());
      if (plan_.scenario == Scenario::idle || plan_.in_flight > 0) rate = 0;
      if (plan_.scenario == Scenario::join) rate = static_cast<double>(people_) / plan_.seconds;
      const std::chrono::duration<double, std::milli> step(plan_.step_ms);
      // Threads take turns, so that all slots of a run are evenly spread.
      Instant begin = stage_.begin();
      if (rate > 0) {
        const double turn = static_cast<double>(index_) / static_cast<double>(plan_.threads);
        begin += std::chrono::nanoseconds(static_cast<std::int64_t>(turn * 1e9 / rate));
      }
      schedule_.emplace(begin, rate, std::chrono::duration_cast<std::chrono::nanoseconds>(step));
      for (Peer& peer : peers_) {
        peer.reads = !peer.person.is_stalled();
        if (!peer.reads) watch(peer);
      }
      fill_flights(now);
      break;
    }
    case Phase::drain:
      work_.window = stage_.window();
      measure_cpu(now);
      break;
    case Phase::wake:
      for (Peer& peer : peers_) {
        if (peer.reads) continue;
        peer.reads = true;
        watch(peer);
      }
      break;
    case Phase::leave:
      for (Peer& peer : peers_) {
        out_.clear();
        peer.person.leave(work_, out_);
        write(peer, out_);
        close_if_over(peer);
      }
      break;
    case Phase::over:
      break;
  }
}

/// From then on each ack brings the next push.
void Generator::fill_flights(Instant now) {
  if (plan_.in_flight == 0) return;
  for (Peer* peer : doers_) {
    out_.clear();
    for (std::size_t i = 0; i < plan_.in_flight; ++i) peer->person.push(now, now, work_, out_);
    write(*peer, out_);
  }
}

/// In a closed loop a push that was not taken has no later one to go with.
void Generator::resend_refused(Instant now) {
  if (plan_.in_flight == 0) return;
  for (Peer* peer : doers_) {
    out_.clear();
    peer->person.resend_if_due(now, work_, out_);
    write(*peer, out_);
  }
}

void Generator::act(Instant now) {
  if (now >= next_sweep_) {
    next_sweep_ = now + kSweepEvery;
    give_up_late_joins(now);
    resend_refused(now);
  }
  if (now >= next_publishing_) {
    next_publishing_ = now + kPublishEvery;
    publish();
  }
  if (phase_ == Phase::furnish || phase_ == Phase::gather) open_some(now);
  if (phase_ == Phase::play || phase_ == Phase::drain) {
    work_.window = stage_.window();
    measure_cpu(now);
    do_due(now);
  }
}

void Generator::open_some(Instant now) {
  if (to_open_.empty()) return;
  forget_joined();
  while (joining_.size() < kJoinsAtOnce && !to_open_.empty()) {
    Peer& peer = *to_open_.front();
    to_open_.pop_front();
    open(peer, now, now);
  }
}

void Generator::forget_joined() {
  std::erase_if(joining_, [](const Peer* peer) {
    return peer->socket < 0 || !(peer->is_connecting || peer->person.is_joining());
  });
}

/// What was due before the window's end is done also when it is over: a late generator asks no
/// less.
void Generator::do_due(Instant now) {
  const Window window = work_.window;
  for (int i = 0; i < kSlotsPerTurn; ++i) {
    const auto next = schedule_->next();
    if (!next || *next >= window.to) return;
    const auto slot = schedule_->take(now);
    if (!slot) return;
    const bool is_join = plan_.scenario == Scenario::join;
    // A storm has each of its people once; rounding may make a slot too many.
    if (is_join && slot->number >= people_) return;
    if (!is_join && doers_.empty()) return;
    Peer& peer = is_join ? peers_[slot->number] : *doers_[slot->number % doers_.size()];
    if (window.holds(slot->at)) {
      ++work_.tally.sends;
      work_.tally.lateness.add(now - slot->at);
      if (now - slot->at > kLate) ++work_.tally.sends_late;
    }
    if (is_join) {
      open(peer, slot->at, now);
      continue;
    }
    out_.clear();
    if (plan_.pushes()) {
      peer.person.push(slot->at, now, work_, out_);
    } else {
      peer.person.move(slot->at, work_, out_);
    }
    if (out_.empty()) continue;
    ++sent_;
    write(peer, out_);
    close_if_over(peer);
    now = Clock::now();
  }
}

/// Reads the thread's processor time at the window's two ends.
void Generator::measure_cpu(Instant now) {
  if (is_cpu_measured_) return;
  const Window window = work_.window;
  if (!cpu_since_) {
    if (now < window.from || phase_ != Phase::play) return;
    cpu_since_ = now;
    cpu_ = thread_cpu();
    return;
  }
  if (now < window.to && phase_ == Phase::play) return;
  cpu_ = thread_cpu() - cpu_;
  cpu_wall_ = now - *cpu_since_;
  is_cpu_measured_ = true;
}

void Generator::give_up_late_joins(Instant now) {
  forget_joined();
  for (Peer* peer : joining_) {
    if (now - peer->asked_at < kJoinPatience) continue;
    peer->person.end("not in within 30 s", work_);
    close_if_over(*peer);
  }
}

void Generator::publish() {
  std::uint64_t unsettled = 0;
  if (plan_.pushes()) {
    for (const Peer* peer : doers_) {
      if (peer->person.state() != Person::State::over) unsettled += peer->person.unsettled_pushes();
    }
  }
  show(progress_.unsettled_pushes, unsettled);
  show(progress_.opened, opened_);
  show(progress_.sent, sent_);
  show(progress_.heard, work_.tally.moves_heard + work_.tally.pushes_heard +
                            work_.tally.ack_latency.count() + work_.tally.joined);
  std::uint64_t here = 0;
  std::uint64_t settled = 0;
  std::uint64_t connected = 0;
  std::uint64_t furnished = 0;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    const Person& person = peers_[i].person;
    if (peers_[i].socket >= 0) ++connected;
    const bool is_over = person.state() == Person::State::over;
    if (i >= people_) {
      if (is_over || person.has_furnished()) ++furnished;
      continue;
    }
    if (person.state() == Person::State::here) ++here;
    if (is_over || person.state() == Person::State::here) ++settled;
  }
  show(progress_.here, here);
  show(progress_.settled, settled);
  show(progress_.connected, connected);
  show(progress_.furnished, furnished);
}

std::chrono::nanoseconds Generator::patience(Instant now) const {
  std::chrono::nanoseconds patience = kPatienceMax;
  if (phase_ != Phase::play || !schedule_) return patience;
  const auto next = schedule_->next();
  if (next && *next < work_.window.to) {
    patience = std::clamp<std::chrono::nanoseconds>(*next - now, 0ns, patience);
  }
  return patience;
}

void Generator::wait(Instant now) {
  std::array<epoll_event, kEventsPerTurn> events;
  const auto nanoseconds = patience(now);
  const timespec timeout = {.tv_sec = 0, .tv_nsec = nanoseconds.count()};
  const int count = ::epoll_pwait2(epoll_, events.data(), kEventsPerTurn, &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    Peer& peer = *static_cast<Peer*>(event.data.ptr);
    if (peer.socket < 0) continue;
    if (peer.is_connecting) {
      finish_connecting(peer, Clock::now());
      continue;
    }
    if ((event.events & EPOLLOUT) != 0) write_pending(peer);
    // An error or a hang-up is seen by the read, too.
    if (peer.socket >= 0 && (peer.reads || (event.events & (EPOLLERR | EPOLLHUP)) != 0) &&
        (event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
      read(peer);
    }
  }
}

void Generator::open(Peer& peer, Instant asked_at, Instant now) {
  if (peer.socket >= 0) return;
  peer.asked_at = asked_at;
  if (!peer.person.is_keeper()) ++opened_;
  const Address& address = addresses_[plan_.target_of(peer.person.number())];
  peer.socket = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (peer.socket < 0) {
    lose(peer, errno);
    return;
  }
  const int on = 1;
  ::setsockopt(peer.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (peer.person.is_stalled()) {
    ::setsockopt(peer.socket, SOL_SOCKET, SO_RCVBUF, &kStalledReceiveBytes,
                 sizeof kStalledReceiveBytes);
  }
  const int outcome =
      ::connect(peer.socket, reinterpret_cast<const sockaddr*>(&address.storage), address.bytes);
  if (outcome != 0 && errno != EINPROGRESS) {
    lose(peer, errno);
    return;
  }
  peer.is_connecting = true;
  joining_.push_back(&peer);
  epoll_event event{};
  event.events = EPOLLOUT;
  event.data.ptr = &peer;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.socket, &event) != 0) {
    lose(peer, errno);
    return;
  }
  if (outcome == 0) finish_connecting(peer, now);
}

void Generator::finish_connecting(Peer& peer, Instant now) {
  int error = 0;
  socklen_t bytes = sizeof error;
  ::getsockopt(peer.socket, SOL_SOCKET, SO_ERROR, &error, &bytes);
  if (error != 0) {
    lose(peer, error);
    return;
  }
  peer.is_connecting = false;
  watch(peer);
  out_.clear();
  const Address& address = addresses_[plan_.target_of(peer.person.number())];
  peer.person.begin(address.authority, peer.asked_at, now, work_, out_);
  write(peer, out_);
}

void Generator::read(Peer& peer) {
  const ssize_t bytes = ::recv(peer.socket, scratch_.data(), scratch_.size(), 0);
  if (bytes > 0) {
    const Instant now = Clock::now();
    if (work_.window.holds(now)) work_.tally.bytes_in += static_cast<std::uint64_t>(bytes);
    out_.clear();
    peer.person.take({scratch_.data(), static_cast<std::size_t>(bytes)}, now, work_, out_);
    if (!out_.empty()) write(peer, out_);
    close_if_over(peer);
  } else if (bytes == 0) {
    peer.person.end("the server cut the connection", work_);
    close_if_over(peer);
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    lose(peer, errno);
  }
}

void Generator::write(Peer& peer, ByteView bytes) {
  if (peer.socket < 0 || peer.is_connecting || bytes.empty()) return;
  if (peer.pending.empty()) {
    const ssize_t sent = ::send(peer.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      if (is_window_open()) work_.tally.bytes_out += static_cast<std::uint64_t>(sent);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      // Something may still be read: a goodbye, and then the end.
      return;
    }
    if (bytes.empty()) return;
    if (is_window_open()) ++work_.tally.sends_blocked;
  }
  if (peer.pending.size() + bytes.size() > kPendingBytesMax) {
    peer.person.end("1 MiB waits for a socket that takes nothing", work_);
    return;
  }
  peer.pending.append(bytes);
  watch(peer);
}

void Generator::write_pending(Peer& peer) {
  const ssize_t sent = ::send(peer.socket, peer.pending.data(), peer.pending.size(), MSG_NOSIGNAL);
  if (sent > 0) peer.pending.erase(0, static_cast<std::size_t>(sent));
  watch(peer);
}

/// Asks epoll for what the peer waits for.
void Generator::watch(Peer& peer) {
  if (peer.socket < 0 || peer.is_connecting) return;
  epoll_event event{};
  if (peer.reads) event.events |= EPOLLIN;
  if (!peer.pending.empty()) event.events |= EPOLLOUT;
  event.data.ptr = &peer;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, peer.socket, &event);
}

void Generator::close_if_over(Peer& peer) {
  if (peer.socket < 0 || peer.person.state() != Person::State::over) return;
  ::close(peer.socket);
  peer.socket = -1;
  peer.is_connecting = false;
  Bytes().swap(peer.pending);
}

void Generator::lose(Peer& peer, int error) {
  peer.person.end(std::generic_category().message(error), work_);
  close_if_over(peer);
}

}  // namespace weft::load
