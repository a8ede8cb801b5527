// SPDX-License-Identifier: Apache-2.0
#include "micro/driven_rooms.h"

#include "micro/client_messages.h"
#include "runtime/clock.h"
#include "runtime/transport.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace weft::bench {

class DrivenRooms::WireTransport final : public runtime::Transport {
 public:
  explicit WireTransport(Wire& wire) : wire_(wire) {}

  runtime::IoResult read(std::span<char> into) override {
    using Status = runtime::IoResult::Status;
    if (wire_.inbound.empty()) return {Status::would_block, 0};
    const std::size_t bytes = wire_.inbound.copy(into.data(), into.size());
    wire_.inbound.remove_prefix(bytes);
    return {Status::done, bytes};
  }
  runtime::IoResult write(std::span<const ByteView> pieces) override {
    ++wire_.writes;
    std::size_t bytes = 0;
    for (const ByteView piece : pieces) bytes += piece.size();
    return {runtime::IoResult::Status::done, bytes};
  }
  void wait_readable(std::function<void()> ready) override { wire_.on_readable = std::move(ready); }
  void wait_writable(std::function<void()>) override {}  // never needed: writes are never short
  void shut_down_send() override {}
  void close() override {}

 private:
  Wire& wire_;
};

// The time is the rooms', but asking for it costs what it costs a server.
DrivenRooms::DrivenRooms(std::size_t rooms, std::size_t people_per_room)
    : rooms_(people_per_room), drivers_(rooms_.router(), {}, {}, [this] {
        benchmark::DoNotOptimize(runtime::read_clocks());
        return rooms_.now();
      }) {
  for (std::size_t room = 0; room < rooms; ++room) {
    for (std::size_t i = 0; i < people_per_room; ++i) {
      Wire& wire = *wires_.emplace_back(std::make_unique<Wire>());
      drivers_.adopt(std::make_unique<WireTransport>(wire), "room-" + std::to_string(room),
                     protocol::Encoding::msgpack,
                     client_frame(hello("client-" + std::to_string(i))));
    }
  }
  constexpr int kTicksToSettle = 5;
  for (int i = 0; i < kTicksToSettle; ++i) pass_tick();
  if (drivers_.size() != people()) throw std::runtime_error("some left");
  static_cast<void>(take_writes());
  pass_tick();
  if (take_writes() > 0) throw std::runtime_error("the rooms are not quiet");
}

void DrivenRooms::receive(std::size_t person, ByteView bytes) {
  wires_[person]->inbound = bytes;
  std::exchange(wires_[person]->on_readable, nullptr)();
}

void DrivenRooms::pass_tick() {
  rooms_.skip_time_of_tick();
  rooms_.deliver_commits();
  drivers_.end_turn();
}

std::size_t DrivenRooms::take_writes() {
  std::size_t writes = 0;
  for (const auto& wire : wires_) writes += std::exchange(wire->writes, 0);
  return writes;
}

}  // namespace weft::bench
