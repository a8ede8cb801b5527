// SPDX-License-Identifier: Apache-2.0
#include "runtime/tcp_transport.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace weft::runtime {
namespace {

constexpr int kClosed = -1;

// What the kernel may hold for one peer. Little enough that a slow reader is noticed while what is
// queued for it is still fresh, enough for 20 Mbit/s at 100 ms.
constexpr int kSendBufferBytes = 256 * 1024;

IoResult from_errno() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    return {IoResult::Status::would_block, 0};
  }
  return {IoResult::Status::closed, 0};
}

/// A socket that cannot be set so works all the same.
void set_option(int descriptor, int level, int name, int value) {
  static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof value));
}

}  // namespace

TcpTransport::TcpTransport(int descriptor, Poller& poller)
    : descriptor_(descriptor), poller_(poller) {
  ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  set_option(descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor_, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor_, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes);
  if (poller_.add(descriptor_, *this)) return;
  ::close(std::exchange(descriptor_, kClosed));
  is_readable_ = true;
}

TcpTransport::~TcpTransport() {
  close();
}

IoResult TcpTransport::read(std::span<char> into) {
  const ssize_t bytes = ::recv(descriptor_, into.data(), into.size(), 0);
  if (bytes == 0) return {IoResult::Status::closed, 0};
  if (bytes < 0) {
    is_readable_ = false;
    return from_errno();
  }
  if (static_cast<std::size_t>(bytes) < into.size()) is_readable_ = has_ended_;
  return {IoResult::Status::done, static_cast<std::size_t>(bytes)};
}

IoResult TcpTransport::write(std::span<const ByteView> pieces) {
  std::array<iovec, kPiecesPerWrite> vectors;
  std::size_t count = 0;
  for (const ByteView piece : pieces) {
    if (count == vectors.size()) break;
    vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  const ssize_t bytes = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
  if (bytes < 0) return from_errno();
  return {IoResult::Status::done, static_cast<std::size_t>(bytes)};
}

void TcpTransport::wait_readable(std::function<void()> ready) {
  on_readable_ = std::move(ready);
  if (is_readable_ && !std::exchange(stands_again_, true)) poller_.tell_again(*this);
}

void TcpTransport::wait_writable(std::function<void()> ready) {
  on_writable_ = std::move(ready);
}

void TcpTransport::note_ready(Readiness readiness) {
  is_readable_ = is_readable_ || readiness.readable;
  has_ended_ = has_ended_ || readiness.ended;
  if (readiness.again) stands_again_ = false;
  if (readiness.writable && on_writable_) std::exchange(on_writable_, nullptr)();
  if (is_readable_ && on_readable_ && !stands_again_) std::exchange(on_readable_, nullptr)();
}

void TcpTransport::shut_down_send() {
  ::shutdown(descriptor_, SHUT_WR);
}

void TcpTransport::close() {
  poller_.remove(*this);
  stands_again_ = false;
  on_readable_ = nullptr;
  on_writable_ = nullptr;
  if (descriptor_ != kClosed) ::close(std::exchange(descriptor_, kClosed));
}

}  // namespace weft::runtime
