// SPDX-License-Identifier: Apache-2.0
// What a busy room costs, counted: from the bytes of a socket to the bytes of a socket.
#include "bus/local_bus.h"
#include "log/local_log.h"
#include "protocol/client_writer.h"
#include "runtime/driver_pool.h"
#include "runtime/transport.h"
#include "store/memory_store.h"
#include "support/count_allocations.h"
#include "websocket/client_frame.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::runtime {
namespace {

using std::chrono::milliseconds;

/// The far end of a connection, which keeps nothing of what it reads.
struct Peer {
  ByteView inbound;
  bool reads = true;
  std::size_t writes = 0;
  std::vector<const char*> pieces;  // where the last write's bytes lay
  std::function<void()> on_readable;
};

class PeerTransport final : public Transport {
 public:
  explicit PeerTransport(Peer& peer) : peer_(peer) {}

  IoResult read(std::span<char> into) override {
    if (peer_.inbound.empty()) return {IoResult::Status::would_block, 0};
    const std::size_t bytes = peer_.inbound.copy(into.data(), into.size());
    peer_.inbound.remove_prefix(bytes);
    return {IoResult::Status::done, bytes};
  }
  IoResult write(std::span<const ByteView> pieces) override {
    if (!peer_.reads) return {IoResult::Status::would_block, 0};
    ++peer_.writes;
    peer_.pieces.clear();
    std::size_t bytes = 0;
    for (const ByteView piece : pieces) {
      peer_.pieces.push_back(piece.data());
      bytes += piece.size();
    }
    return {IoResult::Status::done, bytes};
  }
  void wait_readable(std::function<void()> ready) override { peer_.on_readable = std::move(ready); }
  void wait_writable(std::function<void()>) override {}
  void shut_down_send() override {}
  void close() override {}

 private:
  Peer& peer_;
};

class SteadyStateTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kPeople = 40;
  static constexpr milliseconds kTick{20};

  SteadyStateTest()
      : authenticator_(connection::Authenticator::development()),
        log_(store_, post(), [] { return 7; }),
        bus_(hub_, post()),
        router_({}, authenticator_, log_, bus_, nullptr, 1),
        pool_(router_, {}, protocol::Limits{}, [this] { return now_; }) {
    for (std::size_t i = 0; i < kPeople; ++i) {
      Peer& peer = *peers_.emplace_back(std::make_unique<Peer>());
      protocol::Hello hello;
      hello.client = "client-" + std::to_string(i);
      Bytes message;
      protocol::append_hello(message, hello);
      pool_.adopt(std::make_unique<PeerTransport>(peer), "try", protocol::Encoding::msgpack,
                  client_frame(message));
      pass_tick();
    }
    for (int i = 0; i < 100; ++i) pass_tick();
  }

  log::LocalLog::Post post() {
    return [this](std::function<void()> work) { posted_.push_back(std::move(work)); };
  }
  static Bytes client_frame(ByteView message) {
    Bytes frame;
    websocket::append_client_frame(frame, websocket::Opcode::binary, message, {1, 2, 3, 4});
    return frame;
  }
  void pass_tick() {
    store_.pump();
    for (const auto& work : std::exchange(posted_, {})) work();
    now_.mono += kTick;
    now_.wall_ms += kTick.count();
    pool_.end_turn();
  }
  /// Everybody moves, once a tick.
  void play(int ticks) {
    for (int tick = 0; tick < ticks; ++tick) {
      moves_.resize(kPeople);
      for (std::size_t i = 0; i < kPeople; ++i) {
        ++moved_;
        Bytes& move = moves_[i];
        message_.clear();
        protocol::append_cursor(message_, {.hidden = false,
                                           .x = static_cast<float>(moved_ % 1'000) + 0.1F,
                                           .y = static_cast<float>(i) + 0.1F});
        move.clear();
        websocket::append_client_frame(move, websocket::Opcode::binary, message_, {1, 2, 3, 4});
        peers_[i]->inbound = move;
        std::exchange(peers_[i]->on_readable, nullptr)();
      }
      pass_tick();
    }
  }

  Now now_{Instant{} + std::chrono::hours(1), 1'800'000'000'000};
  store::MemoryStore store_;
  std::vector<std::function<void()>> posted_;
  connection::Authenticator authenticator_;
  log::LocalLog log_;
  bus::LocalBusHub hub_;
  bus::LocalBus bus_;
  router::Router router_;
  std::vector<std::unique_ptr<Peer>> peers_;
  DriverPool pool_;
  std::vector<Bytes> moves_;
  Bytes message_;
  std::uint64_t moved_ = 0;
};

TEST_F(SteadyStateTest, U11O1ATickIsOneEncodingAndOneWriteForEachAndAllocatesNothing) {
  play(100);  // until everything has the memory that it needs
  for (const auto& peer : peers_) peer->writes = 0;
  const std::size_t before = allocations;
  play(100);
  EXPECT_EQ(allocations - before, 0U);
  for (const auto& peer : peers_) {
    EXPECT_EQ(peer->writes, 100U);
    EXPECT_EQ(peer->pieces, peers_[0]->pieces) << "the same bytes for everybody";
  }
}

TEST_F(SteadyStateTest, O3StalledReadersTakeNoMemoryAndNoBusyPersonsWrite) {
  play(100);
  for (std::size_t i = 0; i < kPeople / 10; ++i) peers_[i]->reads = false;
  play(20);  // they are found to be full
  for (const auto& peer : peers_) peer->writes = 0;
  const std::size_t before = allocations;
  play(100);
  EXPECT_EQ(allocations - before, 0U);
  for (std::size_t i = kPeople / 10; i < kPeople; ++i) EXPECT_EQ(peers_[i]->writes, 100U);
}

}  // namespace
}  // namespace weft::runtime
