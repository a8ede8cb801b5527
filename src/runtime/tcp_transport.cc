// SPDX-License-Identifier: Apache-2.0
#include "runtime/tcp_transport.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace weft::runtime {
namespace {

namespace asio = boost::asio;

// What the kernel may hold for one peer. Little enough that a slow reader is noticed while what is
// queued for it is still fresh, enough for 20 Mbit/s at 100 ms.
constexpr int kSendBufferBytes = 256 * 1024;

IoResult from_errno() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    return {IoResult::Status::would_block, 0};
  }
  return {IoResult::Status::closed, 0};
}

}  // namespace

TcpTransport::TcpTransport(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
}

TcpTransport::~TcpTransport() {
  close();
}

IoResult TcpTransport::read(std::span<char> into) {
  const ssize_t bytes = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (bytes > 0) return {IoResult::Status::done, static_cast<std::size_t>(bytes)};
  if (bytes == 0) return {IoResult::Status::closed, 0};
  return from_errno();
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
  const ssize_t bytes = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
  if (bytes >= 0) return {IoResult::Status::done, static_cast<std::size_t>(bytes)};
  return from_errno();
}

void TcpTransport::wait(asio::ip::tcp::socket::wait_type what, std::function<void()> ready) {
  socket_.async_wait(
      what, [is_open = is_open_, ready = std::move(ready)](const boost::system::error_code& error) {
        // Any error but our own closing is left to the read or write that follows: it sees it too.
        if (*is_open && error != asio::error::operation_aborted) ready();
      });
}

void TcpTransport::wait_readable(std::function<void()> ready) {
  wait(asio::ip::tcp::socket::wait_read, std::move(ready));
}

void TcpTransport::wait_writable(std::function<void()> ready) {
  wait(asio::ip::tcp::socket::wait_write, std::move(ready));
}

void TcpTransport::shut_down_send() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void TcpTransport::close() {
  *is_open_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace weft::runtime
