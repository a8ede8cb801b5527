// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/rate_limiter.h"
#include "http/route.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace weft::runtime {

struct FrontConfig {
  http::OriginPolicy origins;
  /// Whether sessions may agree on permessage-deflate.
  bool compresses = true;
  /// Requests whose answer is not complete yet; sessions do not count. Beyond it the oldest whose
  /// head has not come is dropped.
  std::size_t requests_max = 1'000;
  std::uint32_t accepts_per_second = 2'000;
};

/// Where connections come in: accepts, reads one request's head, and answers it or hands the socket
/// on. Lives on the front thread, the process's first, so that files and API calls never delay a
/// tick.
class Front {
 public:
  /// Sends the response and closes. Front thread only; good once.
  using Reply = std::function<void(Bytes response)>;

  /// What the front asks of the rest of the process.
  class Backend {
   public:
    virtual ~Backend() = default;
    /// Takes over the socket; the 101 has been written.
    virtual void adopt(int socket, http::Upgrade upgrade, Bytes early) = 0;
    /// Everything that is not answered by the route itself. `reply` may be called later.
    virtual void answer(http::Route route, Reply reply) = 0;
  };

  Front(boost::asio::io_context& io, const FrontConfig& config, Backend& backend);
  ~Front();

  /// Opens the listening socket. Throws boost::system::system_error with the address in its text.
  void listen(const std::string& host, std::uint16_t port);
  [[nodiscard]] boost::asio::ip::tcp::endpoint local_endpoint() const {
    return acceptor_.local_endpoint();
  }
  /// Accepts no more; requests under way go on.
  void stop_accepting();

 private:
  class Exchange;
  void accept();
  void pause_accepting();
  /// Ends the oldest exchange whose head is not complete, so that silent connections cannot make
  /// the server deaf.
  void make_room();

  boost::asio::io_context& io_;
  FrontConfig config_;
  Backend& backend_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  connection::RateLimiter accepts_;
  std::map<std::uint64_t, std::shared_ptr<Exchange>> exchanges_;  // oldest first
  std::uint64_t next_exchange_ = 0;
};

}  // namespace weft::runtime
