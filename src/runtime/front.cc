// SPDX-License-Identifier: Apache-2.0
#include "runtime/front.h"

#include "http/request_reader.h"
#include "http/response.h"
#include "runtime/clock.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>
#include <variant>

namespace weft::runtime {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// From the accept to the end of the head, and again for the answer.
constexpr std::chrono::seconds kHeadTime{10};
constexpr std::chrono::seconds kAnswerTime{30};
// For the peer to read the answer and to close.
constexpr std::chrono::seconds kLinger{3};
// After the process has run out of file descriptors, or while too many arrive.
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr int kBacklog = 4096;

}  // namespace

/// One connection from its accept to its answer, or until it becomes a session. Kept alive by its
/// handlers.
class Front::Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Front& front, std::uint64_t id, tcp::socket socket)
      : front_(front), id_(id), socket_(std::move(socket)), deadline_(front.io_) {}

  void start() {
    set_deadline(kHeadTime);
    read();
  }

  /// The front forgets it; handlers under way keep it until they have run.
  void close() {
    const auto self = shared_from_this();
    error_code ignored;
    deadline_.cancel();
    socket_.close(ignored);
    front_.exchanges_.erase(id_);
  }
  [[nodiscard]] bool is_waiting_for_head() const { return is_waiting_for_head_; }

 private:
  void set_deadline(std::chrono::seconds time) {
    deadline_.expires_after(time);
    deadline_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->close();
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](
                                                       const error_code& error, std::size_t bytes) {
      if (error) {
        self->close();
      } else {
        self->take({self->buffer_.data(), bytes});
      }
    });
  }

  void take(ByteView bytes) {
    switch (reader_.feed(bytes)) {
      case http::RequestReader::State::need_more:
        read();
        return;
      case http::RequestReader::State::failed:
        respond(reader_.refusal());
        return;
      case http::RequestReader::State::done:
        break;
    }
    is_waiting_for_head_ = false;
    http::Route route =
        http::route(reader_.request(), front_.config_.origins, front_.config_.compresses);
    if (auto* respond_now = std::get_if<http::Respond>(&route)) {
      respond(std::move(respond_now->response));
    } else if (auto* upgrade = std::get_if<http::Upgrade>(&route)) {
      hand_on(std::move(*upgrade));
    } else {
      set_deadline(kAnswerTime);
      front_.backend_.answer(std::move(route), [weak = weak_from_this()](Bytes response) {
        if (const auto self = weak.lock()) {
          self->respond(http::finish_response(std::move(response), self->reader_.request(),
                                              self->front_.config_.origins));
        }
      });
    }
  }

  void respond(Bytes response) {
    set_deadline(kAnswerTime);
    output_ = std::move(response);
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](const error_code&, std::size_t) {
                        error_code ignored;
                        self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
                        self->set_deadline(kLinger);
                        self->await_end();
                      });
  }

  // Closing before the peer has read and closed could cut off what it has not read yet.
  void await_end() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (error) {
                                self->close();
                              } else {
                                self->await_end();
                              }
                            });
  }

  void hand_on(http::Upgrade upgrade) {
    output_ = std::move(upgrade.response);
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this(), upgrade = std::move(upgrade)](
                          const error_code& error, std::size_t) mutable {
                        if (!error) {
                          self->deadline_.cancel();
                          error_code failed;
                          const int socket = self->socket_.release(failed);
                          if (!failed) {
                            self->front_.backend_.adopt(socket, std::move(upgrade),
                                                        Bytes(self->reader_.rest()));
                          }
                        }
                        self->close();
                      });
  }

  Front& front_;
  std::uint64_t id_;
  tcp::socket socket_;
  asio::steady_timer deadline_;
  http::RequestReader reader_;
  std::array<char, 4096> buffer_;
  Bytes output_;
  bool is_waiting_for_head_ = true;
};

Front::Front(asio::io_context& io, const FrontConfig& config, Backend& backend)
    : io_(io),
      config_(config),
      backend_(backend),
      acceptor_(io),
      pause_(io),
      accepts_(config.accepts_per_second) {}

Front::~Front() = default;

void Front::listen(const std::string& host, std::uint16_t port) {
  tcp::resolver resolver(io_);
  const tcp::endpoint endpoint =
      resolver.resolve(host, std::to_string(port), tcp::resolver::passive)->endpoint();
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(kBacklog);
  accept();
}

void Front::stop_accepting() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Front::accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (error) {
      pause_accepting();
      return;
    }
    const std::uint64_t id = next_exchange_++;
    const auto exchange = std::make_shared<Exchange>(*this, id, std::move(socket));
    exchanges_.emplace(id, exchange);
    exchange->start();
    if (exchanges_.size() > config_.requests_max) make_room();
    // Over the rate the others wait in the kernel's queue.
    if (accepts_.take(read_clocks().mono)) {
      accept();
    } else {
      pause_accepting();
    }
  });
}

void Front::make_room() {
  for (const auto& [id, exchange] : exchanges_) {
    if (!exchange->is_waiting_for_head()) continue;
    exchange->close();
    return;
  }
  exchanges_.begin()->second->close();
}

void Front::pause_accepting() {
  pause_.expires_after(kAcceptPause);
  pause_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

}  // namespace weft::runtime
