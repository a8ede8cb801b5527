// SPDX-License-Identifier: Apache-2.0
#include "contract/log_contract.h"
#include "contract/store_forms.h"
#include "support/redis_instance.h"
#include "support/redis_server.h"

namespace weft::test {
namespace {

/// One Redis for all tests of this program; each begins with it empty.
RedisServer& server() {
  static RedisServer shared;
  return shared;
}

enum class Archive { none, behind, waited_for, postgres };

/// A RedisLog on a real Redis, alone or with an archive behind it.
class RedisLogForm final : public LogForm {
 public:
  explicit RedisLogForm(Archive archive) : archive_(archive) {
    if (archive == Archive::postgres) {
      store_ = std::make_unique<PostgresForm>();
    } else if (archive != Archive::none) {
      store_ = std::make_unique<MemoryForm>(store::MemoryStore::Completion::by_thread);
    }
    server().command({"FLUSHALL"});
    start();
  }
  log::Log& log() override { return *instance_->log; }
  void restart() override {
    instance_.reset();
    start();
  }
  bool run_until(const std::function<bool()>& condition) override {
    return test::run_until({instance_.get()}, condition);
  }

 private:
  void start() {
    log::RedisLogOptions options;
    options.node = "a";
    options.settle = std::chrono::seconds(0);
    options.acks_from_archive = archive_ == Archive::waited_for || archive_ == Archive::postgres;
    instance_ = std::make_unique<RedisInstance>(server().url(), options,
                                                store_ ? &store_->store() : nullptr);
    EXPECT_TRUE(run_until([&] { return instance_->client->health().empty(); }));
  }

  Archive archive_;
  std::unique_ptr<StoreForm> store_;
  std::unique_ptr<RedisInstance> instance_;
};

std::vector<LogFormMaker> log_forms() {
  return {
      {"Redis", [] { return std::make_unique<RedisLogForm>(Archive::none); }},
      {"RedisOverArchive", [] { return std::make_unique<RedisLogForm>(Archive::behind); }},
      {"RedisAckedByPostgres", [] { return std::make_unique<RedisLogForm>(Archive::postgres); }},
      {"RedisAckedByArchive", [] { return std::make_unique<RedisLogForm>(Archive::waited_for); }},
  };
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Forms, LogContract, testing::ValuesIn(log_forms()),
                         [](const auto& form) { return form.param.name; });

}  // namespace weft::test
