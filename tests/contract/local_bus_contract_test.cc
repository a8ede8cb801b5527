// SPDX-License-Identifier: Apache-2.0
#include "bus/local_bus.h"
#include "bus_contract.h"
#include "support/posted_work.h"

namespace weft::test {
namespace {

class LocalBusForm final : public BusForm {
 public:
  LocalBusForm() {
    for (std::size_t i = 0; i < kInstances; ++i) {
      buses_[i] = std::make_unique<bus::LocalBus>(hub_, shards_[i].poster());
    }
  }
  bus::Bus& instance(std::size_t index) override { return *buses_[index]; }
  void stop(std::size_t index) override { buses_[index].reset(); }
  void settle() override {
    for (auto& shard : shards_) {
      while (shard.run_pending()) {
      }
    }
  }

 private:
  PostedWork shards_[kInstances];
  bus::LocalBusHub hub_;
  std::unique_ptr<bus::LocalBus> buses_[kInstances];
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Forms, BusContract,
                         testing::Values(BusFormMaker{
                             "Local", [] { return std::make_unique<LocalBusForm>(); }}),
                         [](const auto& form) { return form.param.name; });

}  // namespace weft::test
