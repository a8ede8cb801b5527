// SPDX-License-Identifier: Apache-2.0
#include "server/backplanes.h"

#include "redis/url.h"
#include "runtime/local_backplane.h"
#include "runtime/redis_backplane.h"
#include "server/random_seed.h"

#include <chrono>
#include <memory>
#include <utility>

namespace weft::server {
redis::Options redis_options(const Config& config) {
  redis::Options options = *redis::parse_url(config.redis);  // checked when it was set
  options.ca_file = config.redis_ca_file;
  return options;
}

ShardBackplaneMaker backplane_maker(const Config& config) {
  if (config.redis.empty()) {
    return [](boost::asio::io_context&, runtime::Backplane::Post post, store::Store* store) {
      return std::make_unique<runtime::LocalBackplane>(*store, std::move(post), random_seed());
    };
  }
  runtime::RedisBackplaneConfig backplane;
  backplane.redis = redis_options(config);
  backplane.log.acks_from_archive = config.ack == "store";
  backplane.log.settle = std::chrono::ceil<std::chrono::seconds>(config.redis_settle);
  return
      [backplane](boost::asio::io_context& io, runtime::Backplane::Post post, store::Store* store) {
        return std::make_unique<runtime::RedisBackplane>(io, backplane, store, std::move(post),
                                                         random_seed());
      };
}

}  // namespace weft::server
