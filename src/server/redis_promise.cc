// SPDX-License-Identifier: Apache-2.0
#include "server/redis_promise.h"

#include <charconv>

namespace weft::server {
namespace {

const std::string kUnknown = "unknown";
constexpr int kMajorVersionMin = 7;  // sharded Pub/Sub, scripts that are refused as a whole

int major_version(const std::string& version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

std::string persistence_warning(const redis::Settings& settings) {
  const std::string lost = " What it loses is lost unless an instance that has it outlives that.";
  if (settings.appendonly == kUnknown || settings.appendfsync == kUnknown) {
    return "Redis does not tell how durable it is (CONFIG GET is not allowed), so nobody knows "
           "what "
           "an acknowledgement is worth; it should have appendonly yes and appendfsync always.";
  }
  if (settings.appendonly != "yes") {
    return "Redis keeps no append-only file (appendonly " + settings.appendonly + ", save \"" +
           settings.save +
           "\"): when it ends, acknowledged edits since its last snapshot are gone." + lost;
  }
  if (settings.appendfsync != "always") {
    return "Redis syncs its append-only file later than it answers (appendfsync " +
           settings.appendfsync + "): when it dies, the last acknowledged edits may be gone." +
           lost;
  }
  return {};
}

}  // namespace

RedisVerdict judge_redis(const redis::Settings& settings, bool acks_from_store) {
  RedisVerdict verdict;
  if (settings.version != kUnknown && major_version(settings.version) < kMajorVersionMin) {
    verdict.refusal = "Redis is version " + settings.version + "; Weft needs 7.0 or newer.";
  } else if (settings.maxmemory_policy != kUnknown && settings.maxmemory_policy != "noeviction") {
    verdict.refusal = "Redis would throw edits away when it is full: its maxmemory-policy is " +
                      settings.maxmemory_policy + "; set it to noeviction.";
  }
  if (settings.maxmemory_policy == kUnknown) {
    verdict.warnings.emplace_back(
        "Redis does not tell its maxmemory-policy; it must be noeviction, or edits are thrown away "
        "when it is full.");
  }
  if (std::string warning = persistence_warning(settings); !warning.empty()) {
    if (acks_from_store) warning += " Acknowledgements here wait for PostgreSQL, so they hold.";
    verdict.warnings.push_back(std::move(warning));
  }
  return verdict;
}

}  // namespace weft::server
