// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/authenticator.h"
#include "runtime/backplane.h"
#include "runtime/front.h"
#include "runtime/mailbox.h"
#include "runtime/shard.h"
#include "server/config.h"
#include "server/redis_watch.h"
#include "store/store.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::server {

/// Makes the backplane of one shard. `store` is the instance's, or null; it outlives the backplane.
using ShardBackplaneMaker = std::function<std::unique_ptr<runtime::Backplane>(
    boost::asio::io_context& io, runtime::Backplane::Post post, store::Store* store)>;

/// One running server: wires store, shards and front, and ends them in order. Lives on the front
/// thread.
class Instance final : private runtime::Front::Backend {
 public:
  /// `store` may be null: then nothing is at rest here. Each shard gets a backplane from
  /// `make_backplane`, which is called within the constructor.
  Instance(const Config& config, connection::Authenticator authenticator,
           std::unique_ptr<store::Store> store, const ShardBackplaneMaker& make_backplane);
  ~Instance() override;

  /// Serves until SIGTERM or SIGINT has been answered by a drain; a second signal ends the process
  /// at once. Returns the process's exit status. Throws boost::system::system_error when it cannot
  /// listen.
  [[nodiscard]] int run();

 private:
  void adopt(int socket, http::Upgrade upgrade, Bytes early) override;
  void answer(http::Route route, runtime::Front::Reply reply) override;
  void answer_readiness(const runtime::Front::Reply& reply) const;
  void answer_document(const http::ReadDocument& read, runtime::Front::Reply reply);
  void answer_last_seen(const http::ReadLastSeen& read, runtime::Front::Reply reply);

  [[nodiscard]] runtime::Shard& shard_of(const CanvasId& canvas);
  /// Any thread: runs `work` on the front thread.
  void post(std::function<void()> work);
  /// Waits a moment for Redis's settings; false when they forbid to use it.
  [[nodiscard]] bool is_redis_fit();
  void take_verdict(const RedisVerdict& verdict);
  void await_signal();
  void drain();
  void await_drained();

  Config config_;
  connection::Authenticator authenticator_;
  std::unique_ptr<store::Store> store_;
  boost::asio::io_context io_{1};
  runtime::Mailbox mailbox_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer drain_timer_;
  Instant drained_by_{};
  bool is_serving_ = false;
  bool draining_ = false;
  int exit_status_ = 0;
  std::unique_ptr<RedisWatch> redis_watch_;  // null without Redis
  std::optional<RedisVerdict> redis_verdict_;
  std::uint64_t shard_seed_;
  std::vector<std::unique_ptr<runtime::Shard>> shards_;
  runtime::Front front_;
};

}  // namespace weft::server
