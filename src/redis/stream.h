// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/options.h"
#include "util/bytes.h"

#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace weft::redis {

/// The authorities that a server's certificate is checked against.
class TlsContext;

/// Empty `ca_file`: the system's. Throws std::runtime_error with a sentence when it cannot be read.
std::shared_ptr<TlsContext> make_tls_context(const std::string& ca_file);

/// The bytes of one connection: TCP, or TLS over it with the server's name checked. Callbacks come
/// on the shard, never from inside a call, and none after the end of this object. `trouble` is
/// empty when all is well; after trouble the stream is of no further use.
class Stream {
 public:
  /// Without `tls` it is plain TCP.
  Stream(boost::asio::io_context& io, std::shared_ptr<TlsContext> tls);
  /// Closes.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void connect(const Endpoint& to, std::function<void(const std::string& trouble)> done);
  /// One read at a time. The bytes live until the callback returns.
  void read(std::function<void(ByteView bytes, const std::string& trouble)> done);
  /// One write at a time, all of it.
  void write(Bytes bytes, std::function<void(const std::string& trouble)> done);

 private:
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace weft::redis
