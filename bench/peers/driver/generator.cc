// SPDX-License-Identifier: Apache-2.0
#include "generator.h"

#include "client_frames.h"
#include "process_usage.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace weft::peers {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

/// How long a run listens on after everyone has joined, before anybody acts.
constexpr std::chrono::milliseconds kSettleTime{500};
/// Deeds in a row, when they are late, before input is handled again.
constexpr int kActsInARow = 64;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

bool listens(const Options& options, std::uint32_t place) {
  if (options.listeners == 0) return true;
  const std::uint64_t listeners = options.listeners;
  return (place + 1) * listeners / options.people > place * listeners / options.people;
}

nanoseconds to_nanoseconds(double seconds) {
  return nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

}  // namespace

Generator::Generator(const Options& options, Wire& wire)
    : options_(options), wire_(wire), scratch_(kScratchBytes) {
  epoll_ = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  const std::uint32_t count = options.rooms * options.people;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto link = std::make_unique<Link>();
    const std::uint32_t place = i / options.rooms;
    link->person = {i, i % options.rooms, place, false, 0, false};
    link->listens = listens(options, place);
    links_.push_back(std::move(link));
  }
}

Generator::~Generator() {
  for (const auto& link : links_) {
    if (link->socket >= 0) close(link->socket);
  }
  close(epoll_);
}

std::uint32_t Generator::stamp_now() {
  const auto time = Clock::now().time_since_epoch();
  const auto microseconds = duration_cast<std::chrono::microseconds>(time).count();
  return static_cast<std::uint32_t>(microseconds) & (kStampModulus - 1);
}

Outcome Generator::run() {
  outcome_.resident_before = resident_bytes(options_.processes);
  join_all();
  pause(kSettleTime);
  next_time_ = Clock::now();
  act_until(Clock::now() + to_nanoseconds(options_.warm_up_seconds));

  is_counting_ = true;
  deliveries_.set_counting(true);
  const auto began = Clock::now();
  const double server = cpu_seconds(options_.processes);
  const double own = own_cpu_seconds();
  act_until(began + to_nanoseconds(options_.seconds));
  outcome_.server_cpu_seconds = cpu_seconds(options_.processes) - server;
  outcome_.generator_cpu_seconds = own_cpu_seconds() - own;
  outcome_.wall_seconds = std::chrono::duration<double>(Clock::now() - began).count();
  outcome_.resident_after = resident_bytes(options_.processes);

  outcome_.delivered = deliveries_.count();
  if (options_.listeners > 0) {
    outcome_.delivered = outcome_.delivered * options_.people / options_.listeners;
  }
  outcome_.p50_us = deliveries_.latency().quantile(0.5);
  outcome_.p99_us = deliveries_.latency().quantile(0.99);
  return outcome_;
}

void Generator::join_all() {
  const auto deadline = Clock::now() + kJoinTimeMax;
  std::size_t begun = 0;
  while (joined_ < links_.size()) {
    while (begun < links_.size() && begun - joined_ < kJoiningMax) connect(*links_[begun++]);
    turn(std::min(deadline, Clock::now() + std::chrono::milliseconds(10)));
    if (outcome_.lost > 0)
      throw std::runtime_error("the server ended a connection before all had joined");
    if (Clock::now() >= deadline) {
      throw std::runtime_error("only " + std::to_string(joined_) + " of " +
                               std::to_string(links_.size()) + " people could join within 60 s");
    }
  }
}

void Generator::connect(Link& link) {
  link.socket = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;
  setsockopt(link.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::size_t instance = link.person.place % options_.ports.size();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.ports[instance]);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(link.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 &&
      errno != EINPROGRESS) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  const Wire::Upgrade upgrade = wire_.upgrade(link.person);
  link.unsent = "GET " + upgrade.path +
                " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options_.ports[instance]) +
                "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!upgrade.subprotocol.empty()) {
    link.unsent += "Sec-WebSocket-Protocol: " + std::string(upgrade.subprotocol) + "\r\n";
  }
  link.unsent += "\r\n";
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.ptr = &link;
  checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, link.socket, &event), "epoll_ctl");
  link.wants_writable = true;
}

void Generator::pause(nanoseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) turn(end);
}

void Generator::act_until(Clock::time_point end) {
  if (options_.deed == Deed::idle) return pause(end - Clock::now());
  const auto step = to_nanoseconds(1 / (options_.rate * static_cast<double>(links_.size())));
  while (Clock::now() < end) {
    for (int i = 0; i < kActsInARow && next_time_ <= Clock::now() && next_time_ < end; ++i) {
      Link& link = *links_[next_];
      next_ = (next_ + 1) % links_.size();
      next_time_ += step;
      if (is_counting_) ++outcome_.due;
      if (link.socket < 0 || link.unsent.size() > kUnsentBytesMax) {
        if (is_counting_) ++outcome_.held_back;
        continue;
      }
      link.person.is_odd = !link.person.is_odd;
      wire_.act(link.person, stamp_now(), link.unsent);
      if (!link.wants_writable) flush(link);
    }
    turn(std::min(next_time_, end));
  }
}

void Generator::turn(Clock::time_point deadline) {
  std::array<epoll_event, 256> events;
  const auto wait = std::max(nanoseconds(0), duration_cast<nanoseconds>(deadline - Clock::now()));
  const timespec timeout{static_cast<time_t>(wait.count() / 1'000'000'000),
                         static_cast<long>(wait.count() % 1'000'000'000)};
  const int count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
  if (count < 0 && errno != EINTR) checked(count, "epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    Link& link = *static_cast<Link*>(event.data.ptr);
    if (link.socket >= 0 && (event.events & EPOLLOUT) != 0) flush(link);
    if (link.socket >= 0 && (event.events & ~std::uint32_t{EPOLLOUT}) != 0) read(link);
  }
}

void Generator::read(Link& link) {
  // What is left of the last read goes in front, so that a frame lies in one piece.
  const std::size_t kept = link.part.size();
  std::memcpy(scratch_.data(), link.part.data(), kept);
  const ssize_t bytes = recv(link.socket, scratch_.data() + kept, scratch_.size() - kept, 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (bytes <= 0) return lose(link);
  deliveries_.set_now(stamp_now());

  const bool had_joined = link.person.has_joined;
  ByteView input(scratch_.data(), kept + static_cast<std::size_t>(bytes));
  if (!link.is_upgraded) input.remove_prefix(take_upgrade(link, input));
  if (link.is_upgraded && link.socket >= 0) input.remove_prefix(take_frames(link, input));
  if (link.socket < 0) return;
  if (input.size() == scratch_.size()) return lose(link);
  link.part.assign(input);
  if (!had_joined && link.person.has_joined) ++joined_;
  if (!link.unsent.empty() && !link.wants_writable) flush(link);
}

std::size_t Generator::take_upgrade(Link& link, ByteView input) {
  const std::size_t end = input.find("\r\n\r\n");
  if (end == ByteView::npos) return 0;
  if (!input.starts_with("HTTP/1.1 101")) {
    throw std::runtime_error("the server refused an upgrade: " +
                             std::string(input.substr(0, input.find("\r\n"))));
  }
  link.is_upgraded = true;
  wire_.open(link.person, link.unsent);
  return end + 4;
}

std::size_t Generator::take_frames(Link& link, ByteView input) {
  std::size_t taken = 0;
  while (const auto frame = read_server_frame(input.substr(taken))) {
    switch (frame->opcode) {
      case websocket::Opcode::text:
      case websocket::Opcode::binary:
        // No server of the comparison sends fragments; their parts would be counted as messages.
        if (!frame->is_final) throw std::runtime_error("the server sent a fragment");
        if (!link.listens && link.person.has_joined) break;
        wire_.receive(link.person, frame->opcode, frame->payload, link.unsent, deliveries_);
        break;
      case websocket::Opcode::ping:
        append_client_frame(link.unsent, websocket::Opcode::pong, frame->payload);
        break;
      case websocket::Opcode::close:
        lose(link);
        return taken;
      default:
        break;
    }
    taken += frame->bytes;
  }
  return taken;
}

void Generator::flush(Link& link) {
  const ssize_t sent = send(link.socket, link.unsent.data(), link.unsent.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return lose(link);
  if (sent > 0) link.unsent.erase(0, static_cast<std::size_t>(sent));
  watch_writable(link, !link.unsent.empty());
}

void Generator::watch_writable(Link& link, bool wants_writable) {
  if (link.wants_writable == wants_writable) return;
  epoll_event event{};
  event.events = wants_writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &link;
  checked(epoll_ctl(epoll_, EPOLL_CTL_MOD, link.socket, &event), "epoll_ctl");
  link.wants_writable = wants_writable;
}

void Generator::lose(Link& link) {
  close(link.socket);
  link.socket = -1;
  ++outcome_.lost;
}

}  // namespace weft::peers
