// SPDX-License-Identifier: Apache-2.0
#include "log/local_log.h"
#include "log_contract.h"
#include "store_forms.h"
#include "support/posted_work.h"

namespace weft::test {
namespace {

/// A LocalLog on any form of the store.
class LocalLogForm final : public LogForm {
 public:
  explicit LocalLogForm(std::unique_ptr<StoreForm> store) : store_(std::move(store)) { start(); }
  log::Log& log() override { return *log_; }
  void restart() override {
    log_.reset();
    store_->restart();
    start();
  }
  bool run_until(const std::function<bool()>& condition) override {
    auto* pumped = dynamic_cast<MemoryForm*>(store_.get());
    const bool is_pumped =
        pumped != nullptr && pumped->completion() == store::MemoryStore::Completion::by_pump;
    while (!condition()) {
      if (!is_pumped) {
        shard_.wait();
        shard_.run_pending();
      } else if (!pumped->store().pump() && !shard_.run_pending()) {
        return condition();
      }
    }
    return true;
  }

 private:
  void start() {
    log_ = std::make_unique<log::LocalLog>(store_->store(), shard_.poster(),
                                           [this] { return ++last_epoch_; });
  }

  PostedWork shard_;
  std::unique_ptr<StoreForm> store_;
  std::unique_ptr<log::LocalLog> log_;
  std::uint64_t last_epoch_ = 1'000;
};

std::vector<LogFormMaker> log_forms() {
  std::vector<LogFormMaker> forms;
  for (const StoreFormMaker& store : store_forms()) {
    forms.push_back({"LocalOver" + store.name,
                     [&store] { return std::make_unique<LocalLogForm>(store.make()); }});
  }
  return forms;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Forms, LogContract, testing::ValuesIn(log_forms()),
                         [](const auto& form) { return form.param.name; });

}  // namespace weft::test
