// SPDX-License-Identifier: Apache-2.0
#include "bus_contract.h"
#include "redis_buses.h"
#include "support/redis_server.h"

namespace weft::test {
namespace {

/// One server for the whole suite; each form has a life of its own on it.
RedisServer& server() {
  static RedisServer server;
  return server;
}

class RedisBusForm final : public BusForm {
 public:
  RedisBusForm() : buses_(server().url(), kInstances) {}
  bus::Bus& instance(std::size_t index) override { return buses_.bus(index); }
  void stop(std::size_t index) override { buses_.stop(index); }
  void settle() override { buses_.settle(); }

 private:
  RedisBuses buses_;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Forms, BusContract,
                         testing::Values(BusFormMaker{
                             "Redis", [] { return std::make_unique<RedisBusForm>(); }}),
                         [](const auto& form) { return form.param.name; });

}  // namespace weft::test
