// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/transport.h"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <utility>

namespace weft::runtime {

/// Transport over a plain TCP socket. Reads and writes go straight to the non-blocking socket; the
/// loop is asked only to wait.
class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(boost::asio::ip::tcp::socket socket);
  ~TcpTransport() override;

  [[nodiscard]] IoResult read(std::span<char> into) override;
  [[nodiscard]] IoResult write(std::span<const ByteView> pieces) override;
  void wait_readable(std::function<void()> ready) override;
  void wait_writable(std::function<void()> ready) override;
  void shut_down_send() override;
  void close() override;

 private:
  void wait(boost::asio::ip::tcp::socket::wait_type what, std::function<void()> ready);

  boost::asio::ip::tcp::socket socket_;
  // Asio calls back with an error after close(), maybe after our end; this tells whether we are
  // still there.
  std::shared_ptr<bool> is_open_ = std::make_shared<bool>(true);
};

}  // namespace weft::runtime
