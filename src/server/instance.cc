// SPDX-License-Identifier: Apache-2.0
#include "server/instance.h"

#include "http/response.h"
#include "protocol/json.h"
#include "runtime/clock.h"
#include "server/backplanes.h"
#include "server/canvas_shard.h"
#include "server/last_seen_json.h"
#include "server/random_seed.h"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>
#include <variant>

namespace weft::server {

namespace {

// After the drain window, for goodbyes to be read; then connections are cut.
constexpr std::chrono::seconds kDrainGrace{3};
constexpr std::chrono::milliseconds kDrainPoll{20};
constexpr std::chrono::seconds kFlushTime{30};
// At start, for Redis to say how it is configured.
constexpr std::chrono::seconds kRedisPatience{3};

runtime::ShardConfig shard_config(const Config& config, unsigned shards) {
  runtime::ShardConfig result;
  auto& limits = result.router.room.limits;
  limits.frame_bytes_max = config.frame_bytes_max;
  limits.presence_bytes_max = config.presence_bytes_max;
  limits.event_bytes_max = config.event_bytes_max;
  limits.cursors_per_second = config.cursors_per_second;
  limits.pushes_per_second = config.pushes_per_second;
  limits.events_per_second = config.events_per_second;
  limits.presence_per_second = config.presence_per_second;
  result.router.room.presence.bytes_max = config.presence_bytes_max;
  result.router.room.presence.grace = config.presence_grace;
  result.router.room.server_name = "weft " WEFT_VERSION;
  result.router.room.sessions_max = config.sessions_per_canvas_max;
  result.router.sessions_max = (config.sessions_max + shards - 1) / shards;
  result.outbox.bytes_max = config.outbox_bytes_max;
  result.keeps_last_seen = config.presence_persist;
  return result;
}

runtime::FrontConfig front_config(const Config& config, bool development) {
  runtime::FrontConfig result;
  result.origins.loopback_only = development;
  result.origins.allowed_origins = config.origins;
  result.accepts_per_second = config.accepts_per_second;
  result.compresses = config.compression;
  return result;
}

}  // namespace

Instance::Instance(const Config& config, connection::Authenticator authenticator,
                   std::unique_ptr<store::Store> store, const ShardBackplaneMaker& make_backplane)
    : config_(config),
      authenticator_(std::move(authenticator)),
      store_(std::move(store)),
      signals_(io_, SIGINT, SIGTERM),
      drain_timer_(io_),
      shard_seed_(random_seed()),
      front_(io_, front_config(config, authenticator_.is_development()), *this) {
  const unsigned shards =
      config.shards != 0 ? config.shards : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<runtime::Shard>(
        shard_config(config, shards), authenticator_, store_.get(),
        [&](boost::asio::io_context& io, runtime::Backplane::Post post_to_shard) {
          return make_backplane(io, std::move(post_to_shard), store_.get());
        },
        random_seed()));
  }
}

Instance::~Instance() {
  for (const auto& shard : shards_) shard->stop();
  // Closing a room may still hand rows to the store, and the store's thread calls back into nothing
  // that has gone: the logs have closed their inboxes.
  shards_.clear();
  store_.reset();
}

int Instance::run() {
  if (!is_redis_fit()) return EXIT_FAILURE;
  front_.listen(config_.host, config_.port);
  is_serving_ = true;
  for (std::size_t i = 0; i < shards_.size(); ++i) shards_[i]->start("shard " + std::to_string(i));
  await_signal();
  const auto endpoint = front_.local_endpoint();
  spdlog::info(
      "listening on http://{}:{} with {} shards{}",
      config_.host.contains(':') ? "[" + config_.host + "]" : config_.host, endpoint.port(),
      shards_.size(),
      authenticator_.is_development() ? ", in development mode (no key, names from hello)" : "");
  io_.run();
  // From here on a second signal ends the process as it would any other.
  signals_.clear();

  for (const auto& shard : shards_) shard->stop();
  if (store_ && !store_->flush(runtime::read_clocks().mono + kFlushTime)) {
    spdlog::error("the store did not take everything within {} s; {}", kFlushTime.count(),
                  config_.redis.empty()
                      ? "what is missing had not been acknowledged"
                      : "what is missing is in Redis, and the next instance brings it over");
    return EXIT_FAILURE;
  }
  spdlog::info("stopped");
  return exit_status_;
}

bool Instance::is_redis_fit() {
  if (config_.redis.empty()) return true;
  redis_watch_ = std::make_unique<RedisWatch>(
      io_, redis_options(config_), config_.ack == "store", random_seed(),
      [this](const RedisVerdict& verdict) { take_verdict(verdict); });
  const Instant deadline = runtime::read_clocks().mono + kRedisPatience;
  while (!redis_verdict_ && runtime::read_clocks().mono < deadline) io_.run_one_for(kDrainPoll);
  if (!redis_verdict_) {
    spdlog::warn("Redis cannot be reached yet; no canvas can be opened until it can");
  }
  return !redis_verdict_ || redis_verdict_->refusal.empty();
}

void Instance::take_verdict(const RedisVerdict& verdict) {
  redis_verdict_ = verdict;
  for (const std::string& warning : verdict.warnings) spdlog::warn("{}", warning);
  if (verdict.refusal.empty()) return;
  spdlog::critical("{}", verdict.refusal);
  exit_status_ = EXIT_FAILURE;
  if (is_serving_ && !draining_) drain();
}

void Instance::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    if (draining_) std::_Exit(EXIT_FAILURE);
    drain();
    await_signal();
  });
}

void Instance::drain() {
  draining_ = true;
  spdlog::info("draining: goodbyes within {} ms", config_.drain_window.count());
  front_.stop_accepting();
  for (const auto& shard : shards_) {
    shard->post([&shard = *shard, window = config_.drain_window] { shard.drain(window); });
  }
  drained_by_ = runtime::read_clocks().mono + config_.drain_window + kDrainGrace;
  await_drained();
}

void Instance::await_drained() {
  const bool empty =
      std::ranges::all_of(shards_, [](const auto& shard) { return shard->session_count() == 0; });
  if (empty || runtime::read_clocks().mono >= drained_by_) {
    io_.stop();
    return;
  }
  drain_timer_.expires_after(kDrainPoll);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) await_drained();
  });
}

runtime::Shard& Instance::shard_of(const CanvasId& canvas) {
  return *shards_[canvas_shard(canvas, shard_seed_, shards_.size())];
}

void Instance::post(std::function<void()> work) {
  if (mailbox_.post(std::move(work))) boost::asio::post(io_, [this] { mailbox_.run(); });
}

void Instance::adopt(int socket, http::Upgrade upgrade, Bytes early) {
  runtime::Shard& shard = shard_of(upgrade.canvas);
  shard.post([&shard, socket, upgrade = std::move(upgrade), early = std::move(early)] {
    shard.adopt(socket, upgrade.canvas, upgrade.form, early);
  });
}

void Instance::answer(http::Route route, runtime::Front::Reply reply) {
  if (std::holds_alternative<http::ReadHealth>(route)) {
    reply(http::make_response(200, "text/plain", "ok\n"));
  } else if (std::holds_alternative<http::ReadReadiness>(route)) {
    answer_readiness(reply);
  } else if (const auto* document = std::get_if<http::ReadDocument>(&route)) {
    answer_document(*document, std::move(reply));
  } else if (const auto* last_seen = std::get_if<http::ReadLastSeen>(&route)) {
    answer_last_seen(*last_seen, std::move(reply));
  }
}

void Instance::answer_readiness(const runtime::Front::Reply& reply) const {
  if (draining_) {
    reply(http::make_error(503, "this instance is being stopped"));
    return;
  }
  if (store_ && !store_->is_available()) {
    reply(http::make_error(503, "the store takes no pushes now"));
    return;
  }
  for (const auto& shard : shards_) {
    if (const std::string trouble = shard->trouble(); !trouble.empty()) {
      reply(http::make_error(503, trouble));
      return;
    }
  }
  reply(http::make_response(200, "text/plain", "ready\n"));
}

namespace {

Bytes refusal_response(const connection::AuthRefusal& refusal) {
  return http::make_error(refusal.code == connection::AuthErrc::not_allowed ? 403 : 401,
                          refusal.reason);
}

}  // namespace

void Instance::answer_document(const http::ReadDocument& read, runtime::Front::Reply reply) {
  const Now now = runtime::read_clocks();
  if (const auto who = authenticator_.identify(read.token, {}, "http", read.canvas, now.wall_ms);
      !who) {
    reply(refusal_response(who.error()));
    return;
  }
  runtime::Shard& shard = shard_of(read.canvas);
  // Answers come on the shard and leave on the front.
  const auto answer = [this, reply](Bytes response) {
    post([response = std::move(response), reply] { reply(response); });
  };
  const auto read_room = [this, &shard, canvas = read.canvas, reply] {
    shard.router().read_document(
        canvas,
        // A big document is long in the making, so that is the front's work.
        [this, reply](std::optional<router::DocumentCopy> document) {
          post([document = std::move(document), reply] {
            reply(document ? http::make_response(200, "application/json",
                                                 router::document_as_json(*document))
                           : http::make_error(503, "this canvas cannot be opened now"));
          });
        },
        runtime::read_clocks());
  };
  shard.post([&shard, canvas = read.canvas, answer, read_room] {
    // Reading must not make canvases, so the log is asked before a room is opened.
    shard.log().exists(canvas, [answer, read_room](Result<bool, std::string> exists) {
      if (!exists) {
        answer(http::make_error(503, "the log cannot be read now"));
      } else if (!*exists) {
        answer(http::make_error(404, "nobody has opened this canvas yet"));
      } else {
        read_room();
      }
    });
  });
}

void Instance::answer_last_seen(const http::ReadLastSeen& read, runtime::Front::Reply reply) {
  const Now now = runtime::read_clocks();
  if (const auto who = authenticator_.identify(read.token, {}, "http", read.canvas, now.wall_ms);
      !who) {
    reply(refusal_response(who.error()));
    return;
  }
  if (!store_) {
    reply(http::make_error(404, "nobody's presence is kept here: there is no store behind Redis"));
    return;
  }
  store_->load_last_seen(
      read.canvas, [this, reply = std::move(reply)](
                       Result<std::vector<store::LastSeen>, store::StoreError> rows) {
        // The store's thread has pushes to write: it only hands the rows over.
        post([rows = std::move(rows), reply] {
          reply(rows ? http::make_response(200, "application/json", last_seen_json(*rows))
                     : http::make_error(503, "the store cannot be read now"));
        });
      });
}

}  // namespace weft::server
