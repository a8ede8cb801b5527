// SPDX-License-Identifier: Apache-2.0
#include "server/serve_command.h"

#include "server/authentication.h"
#include "server/backplanes.h"
#include "server/exit_status.h"
#include "server/instance.h"
#include "server/logging.h"
#include "store/memory_store.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"

#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace weft::server {
namespace {

constexpr std::string_view kMemory = ":memory:";
constexpr const char* kDatabaseName = "weft.db";
constexpr mode_t kOwnerOnly = S_IRWXU;

/// Every session is a file descriptor; the soft limit is often 1024.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Returns a sentence when the folder cannot be made.
std::string make_data_dir(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return {};
  error.clear();  // it may just not exist
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (!error && ::mkdir(path.c_str(), kOwnerOnly) != 0) {
    error.assign(errno, std::generic_category());
  }
  if (!error) return {};
  return "The data folder " + path.string() + " cannot be made: " + error.message() + ".";
}

/// What was acknowledged is at risk: no destructor, no flush, nothing may run on.
[[noreturn]] void stop_at_once(const std::string& sentence) {
  spdlog::critical("{}", sentence);
  std::_Exit(kExitStoreFatal);
}

Result<std::unique_ptr<store::Store>, std::string> open_shared_store(const std::string& url) {
  store::PostgresOptions options;
  options.on_fatal = stop_at_once;
  options.on_notice = [](const std::string& sentence) { spdlog::warn("{}", sentence); };
  options.on_damage = [](const std::string& sentence) { spdlog::critical("{}", sentence); };
  auto store = store::PostgresStore::open(url, std::move(options));
  if (!store) return Failure<std::string>(std::move(store.error().detail));
  return std::move(*store);
}

/// What stands at rest: a database of this instance's own, or the one that a cluster shares, or
/// null.
Result<std::unique_ptr<store::Store>, std::string> open_configured_store(const Config& config) {
  if (config.redis.empty()) return server::open_store(config.data_dir);
  if (config.postgres.empty()) return std::unique_ptr<store::Store>();
  return open_shared_store(config.postgres);
}

int run_instance(const Config& config, Authentication authentication) {
  auto store = open_configured_store(config);
  if (!store) {
    spdlog::critical("{}", store.error());
    return kExitFailed;
  }
  Instance instance(config, std::move(authentication.authenticator), std::move(*store),
                    backplane_maker(config));
  return instance.run();
}

}  // namespace

Result<std::unique_ptr<store::Store>, std::string> open_store(const std::string& data_dir) {
  if (data_dir == kMemory) {
    return std::make_unique<store::MemoryStore>(store::MemoryStore::Completion::by_thread);
  }
  const std::filesystem::path folder(data_dir);
  if (std::string sentence = make_data_dir(folder); !sentence.empty()) {
    return Failure<std::string>(std::move(sentence));
  }
  store::SqliteOptions options;
  options.on_fatal = stop_at_once;
  options.on_notice = [](const std::string& sentence) { spdlog::warn("{}", sentence); };
  auto store = store::SqliteStore::open((folder / kDatabaseName).string(), std::move(options));
  if (!store) return Failure<std::string>(std::move(store.error().detail));
  return std::move(*store);
}

int serve(const Config& config) {
  set_up_logging(config);
  auto authentication = set_up_authentication(config);
  if (!authentication) {
    spdlog::critical("{}", authentication.error());
    return kExitUsage;
  }
  for (const std::string& warning : authentication->warnings) spdlog::warn("{}", warning);

  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  try {
    return run_instance(config, std::move(*authentication));
  } catch (const boost::system::system_error& error) {
    spdlog::critical("Weft cannot listen on {}, port {}: {}.", config.host, config.port,
                     error.code().message());
  } catch (const std::exception& error) {
    spdlog::critical("Weft cannot run: {}.", error.what());
  }
  return kExitFailed;
}

}  // namespace weft::server
