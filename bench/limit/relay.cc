// SPDX-License-Identifier: Apache-2.0
#include "relay.h"

#include "websocket/frame_header.h"
#include "websocket/handshake.h"
#include "websocket/masking.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <optional>
#include <span>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>

namespace weft::limit {
namespace {

constexpr long kTickNanoseconds = 16'000'000;
constexpr std::size_t kRequestBytesMax = 4096;
constexpr std::size_t kMaskBytes = 4;
/// A masked frame with one Cursor: two bytes of header, the mask, the payload.
constexpr std::size_t kFrameBytes = 2 + kMaskBytes + sizeof(Cursor);
constexpr char kBinaryFinal = static_cast<char>(0x82);
constexpr char kMaskedCursor = static_cast<char>(0x80 | sizeof(Cursor));

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

void watch(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  checked(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

/// The value of a header in an HTTP request; the name with its colon, as our clients write it.
std::optional<ByteView> header(ByteView request, ByteView name) {
  const std::size_t at = request.find(name);
  if (at == ByteView::npos) return std::nullopt;
  const ByteView rest = request.substr(at + name.size());
  return rest.substr(0, rest.find("\r\n"));
}

/// The path of "GET PATH HTTP/1.1".
ByteView path_of(ByteView request) {
  const std::size_t begin = std::min(request.find(' '), request.size());
  const std::size_t end = request.find(' ', begin + 1);
  return end == ByteView::npos ? ByteView() : request.substr(begin + 1, end - begin - 1);
}

}  // namespace

Relay::Relay() {
  epoll_ = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  listener_ = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  checked(bind(listener_, reinterpret_cast<sockaddr*>(&address), bytes), "bind");
  checked(listen(listener_, SOMAXCONN), "listen");
  checked(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &bytes), "getsockname");
  port_ = ntohs(address.sin_port);
  watch(epoll_, listener_);

  timer_ = checked(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create");
  const itimerspec every{{0, kTickNanoseconds}, {0, kTickNanoseconds}};
  checked(timerfd_settime(timer_, 0, &every, nullptr), "timerfd_settime");
  watch(epoll_, timer_);
}

Relay::~Relay() {
  for (const auto& [socket, person] : people_) close(socket);
  close(timer_);
  close(listener_);
  close(epoll_);
}

void Relay::run() {
  std::array<epoll_event, 256> events;
  while (is_stopping_ == 0) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener_) {
        accept_all();
      } else if (descriptor == timer_) {
        tick();
      } else if (const auto person = people_.find(descriptor); person != people_.end()) {
        read(*person->second);
      }
    }
  }
}

void Relay::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto person = std::make_unique<Person>();
    person->socket = socket;
    people_.emplace(socket, std::move(person));
    watch(epoll_, socket);
  }
}

void Relay::read(Person& person) {
  std::array<char, 16384> buffer;
  const ssize_t bytes = recv(person.socket, buffer.data(), buffer.size(), 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (bytes <= 0 || !take(person, ByteView(buffer.data(), static_cast<std::size_t>(bytes)))) {
    remove(person);
  }
}

bool Relay::take(Person& person, ByteView input) {
  // Nearly always a read holds whole frames, and nothing is copied.
  if (person.room != nullptr && person.input.empty()) {
    const std::size_t taken = take_cursors(person, input);
    person.input.assign(input.substr(taken));
  } else {
    person.input.append(input);
    if (person.room == nullptr && !upgrade(person)) return false;
    if (person.room != nullptr) person.input.erase(0, take_cursors(person, person.input));
  }
  return person.room == nullptr ? person.input.size() <= kRequestBytesMax
                                : person.input.size() < kFrameBytes;
}

bool Relay::upgrade(Person& person) {
  const std::size_t end = person.input.find("\r\n\r\n");
  if (end == Bytes::npos) return true;
  const ByteView request = ByteView(person.input).substr(0, end + 2);
  const auto key = header(request, "Sec-WebSocket-Key: ");
  const ByteView path = path_of(request);
  if (!key || path.empty()) return false;

  Bytes response =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  response += "Sec-WebSocket-Accept: " + websocket::accept_key(*key) + "\r\n\r\n";
  auto& room = rooms_[std::string(path)];
  if (room == nullptr) room = std::make_unique<Room>();
  person.room = room.get();
  person.place = room->people.size();
  room->people.push_back(&person);
  person.input.erase(0, end + 4);
  return send(person.socket, response.data(), response.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(response.size());
}

/// Returns how many bytes whole frames took. What is no frame with a Cursor is left where it is,
/// so that the rest is too long to be the beginning of one, and the caller ends the connection.
std::size_t Relay::take_cursors(Person& person, ByteView input) {
  std::size_t at = 0;
  while (input.size() - at >= kFrameBytes && input[at] == kBinaryFinal &&
         input[at + 1] == kMaskedCursor) {
    websocket::MaskKey mask;
    char payload[sizeof(Cursor)];
    std::memcpy(mask.data(), input.data() + at + 2, kMaskBytes);
    std::memcpy(payload, input.data() + at + 2 + kMaskBytes, sizeof payload);
    websocket::apply_mask(payload, mask);
    std::memcpy(&person.cursor, payload, sizeof payload);
    at += kFrameBytes;
    if (!person.has_moved) {
      if (person.room->moved.empty()) due_.push_back(person.room);
      person.room->moved.push_back(&person);
      person.has_moved = true;
    }
  }
  return at;
}

void Relay::tick() {
  std::uint64_t expirations = 0;
  if (::read(timer_, &expirations, sizeof expirations) < 0) return;
  for (Room* room : due_) send_moved(*room);
  due_.clear();
}

void Relay::send_moved(Room& room) {
  if (room.moved.empty()) return;
  frame_.clear();
  websocket::append_frame_header(frame_, websocket::Opcode::binary,
                                 room.moved.size() * sizeof(Cursor));
  for (Person* person : room.moved) {
    frame_.append(reinterpret_cast<const char*>(&person->cursor), sizeof(Cursor));
    person->has_moved = false;
  }
  room.moved.clear();
  for (std::size_t i = room.people.size(); i-- > 0;) {
    Person& person = *room.people[i];
    const ssize_t sent = send(person.socket, frame_.data(), frame_.size(), MSG_NOSIGNAL);
    // A full socket misses this tick. A frame that went in part cannot be continued here.
    const bool is_full = sent < 0 && (errno == EAGAIN || errno == EINTR);
    if (!is_full && sent != static_cast<ssize_t>(frame_.size())) remove(person);
  }
}

void Relay::remove(Person& person) {
  if (Room* const room = person.room; room != nullptr) {
    Person*& hole = room->people[person.place];
    hole = room->people.back();
    hole->place = person.place;
    room->people.pop_back();
    // The room may stay in due_, which a tick is perhaps walking through.
    std::erase(room->moved, &person);
  }
  const int socket = person.socket;
  close(socket);
  people_.erase(socket);
}

}  // namespace weft::limit
