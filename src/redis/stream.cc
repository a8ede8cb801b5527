// SPDX-License-Identifier: Apache-2.0
#include "redis/stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

namespace weft::redis {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class TlsContext {
 public:
  asio::ssl::context context{asio::ssl::context::tls_client};
};

std::shared_ptr<TlsContext> make_tls_context(const std::string& ca_file) {
  auto tls = std::make_shared<TlsContext>();
  SSL_CTX_set_min_proto_version(tls->context.native_handle(), TLS1_2_VERSION);
  error_code error;
  if (ca_file.empty()) {
    tls->context.set_default_verify_paths(error);
  } else {
    tls->context.load_verify_file(ca_file, error);
  }
  if (error) {
    throw std::runtime_error("the authorities for Redis's certificate cannot be read from " +
                             (ca_file.empty() ? "the system" : ca_file) + ": " + error.message());
  }
  tls->context.set_verify_mode(asio::ssl::verify_peer, error);
  return tls;
}

namespace {

// As much as is read at once; many small replies or one piece of a large one.
constexpr std::size_t kReadBytes = 64 * 1024;

std::string to_trouble(const error_code& error) {
  if (!error) return {};
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    return "it closed the connection";
  }
  return error.message();
}

}  // namespace

/// Outlives the Stream for as long as Asio holds a handler: TLS works in here until then.
struct Stream::State : std::enable_shared_from_this<Stream::State> {
  State(asio::io_context& io, std::shared_ptr<TlsContext> tls_context)
      : context(std::move(tls_context)), resolver(io), socket(io) {}

  void connected(const error_code& error);
  void shake_hands();
  void finish_connect(const std::string& trouble) {
    if (is_open) std::exchange(on_connect, nullptr)(trouble);
  }
  void finish_read(const error_code& error, std::size_t bytes) {
    if (is_open) {
      std::exchange(on_read, nullptr)(ByteView(in.data(), error ? 0 : bytes), to_trouble(error));
    }
  }
  void finish_write(const error_code& error) {
    if (is_open) std::exchange(on_write, nullptr)(to_trouble(error));
  }

  bool is_open = true;
  std::shared_ptr<TlsContext> context;
  Endpoint to;
  tcp::resolver resolver;
  tcp::socket socket;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  std::array<char, kReadBytes> in;
  Bytes out;
  std::function<void(const std::string&)> on_connect;
  std::function<void(ByteView, const std::string&)> on_read;
  std::function<void(const std::string&)> on_write;
};

void Stream::State::connected(const error_code& error) {
  if (!is_open) return;
  if (error) return finish_connect(to_trouble(error));
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  if (context == nullptr) return finish_connect({});
  shake_hands();
}

void Stream::State::shake_hands() {
  tls.emplace(socket, context->context);
  SSL* ssl = tls->native_handle();
  error_code not_an_address;
  asio::ip::make_address(to.host, not_an_address);
  const bool is_set =
      not_an_address ? SSL_set1_host(ssl, to.host.c_str()) == 1 &&
                           SSL_set_tlsext_host_name(ssl, to.host.c_str()) == 1
                     : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), to.host.c_str()) == 1;
  if (!is_set) return finish_connect("its name cannot be checked against a certificate");
  tls->async_handshake(
      asio::ssl::stream_base::client, [self = shared_from_this()](const error_code& error) {
        if (!self->is_open) return;
        const long verified = SSL_get_verify_result(self->tls->native_handle());
        if (error && verified != X509_V_OK) {
          self->finish_connect("its certificate is refused: " +
                               std::string(X509_verify_cert_error_string(verified)));
        } else {
          self->finish_connect(error ? "TLS: " + to_trouble(error) : "");
        }
      });
}

Stream::Stream(asio::io_context& io, std::shared_ptr<TlsContext> tls)
    : state_(std::make_shared<State>(io, std::move(tls))) {}

Stream::~Stream() {
  state_->is_open = false;
  state_->on_connect = nullptr;
  state_->on_read = nullptr;
  state_->on_write = nullptr;
  state_->resolver.cancel();
  error_code ignored;
  state_->socket.close(ignored);
}

void Stream::connect(const Endpoint& to, std::function<void(const std::string&)> done) {
  state_->to = to;
  state_->on_connect = std::move(done);
  error_code not_an_address;
  const asio::ip::address address = asio::ip::make_address(to.host, not_an_address);
  if (!not_an_address) {  // Without the resolver's thread.
    state_->socket.async_connect(
        tcp::endpoint(address, to.port),
        [self = state_](const error_code& error) { self->connected(error); });
    return;
  }
  state_->resolver.async_resolve(
      to.host, std::to_string(to.port), tcp::resolver::numeric_service,
      [self = state_](const error_code& error, const tcp::resolver::results_type& found) {
        if (error || !self->is_open) return self->connected(error);
        asio::async_connect(
            self->socket, found,
            [self](const error_code& failed, const tcp::endpoint&) { self->connected(failed); });
      });
}

void Stream::read(std::function<void(ByteView, const std::string&)> done) {
  state_->on_read = std::move(done);
  const auto finish = [self = state_](const error_code& error, std::size_t bytes) {
    self->finish_read(error, bytes);
  };
  if (state_->tls) {
    state_->tls->async_read_some(asio::buffer(state_->in), finish);
  } else {
    state_->socket.async_read_some(asio::buffer(state_->in), finish);
  }
}

void Stream::write(Bytes bytes, std::function<void(const std::string&)> done) {
  state_->out = std::move(bytes);
  state_->on_write = std::move(done);
  const auto finish = [self = state_](const error_code& error, std::size_t) {
    self->finish_write(error);
  };
  if (state_->tls) {
    asio::async_write(*state_->tls, asio::buffer(state_->out), finish);
  } else {
    asio::async_write(state_->socket, asio::buffer(state_->out), finish);
  }
}

}  // namespace weft::redis
