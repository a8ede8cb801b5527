// SPDX-License-Identifier: Apache-2.0
// Drivers, router and log of one loop over sockets that the test holds: what is written, how often,
// and what waits where.
#include "bus/local_bus.h"
#include "log/local_log.h"
#include "protocol/json.h"
#include "runtime/driver_pool.h"
#include "runtime/transport.h"
#include "store/memory_store.h"
#include "unit/websocket/client_frame.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace weft::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The far end of a connection, as the test sees it. The driver's transport holds a reference to
/// it.
struct Peer {
  Bytes inbound;                                                 // what the server has not read yet
  bool ended = false;                                            // the peer has closed
  std::size_t window = std::numeric_limits<std::size_t>::max();  // bytes the socket still takes
  Bytes outbound;                                                // what the server wrote
  int writes = 0;
  bool closed = false;  // by the server
  std::function<void()> on_readable;
  std::function<void()> on_writable;

  /// Lets the loop notice what has changed.
  void poll() {
    if (on_readable && (!inbound.empty() || ended)) std::exchange(on_readable, nullptr)();
    if (on_writable && window > 0) std::exchange(on_writable, nullptr)();
  }
};

class PeerTransport final : public Transport {
 public:
  explicit PeerTransport(Peer& peer) : peer_(peer) {}
  ~PeerTransport() override { close(); }

  IoResult read(std::span<char> into) override {
    if (peer_.inbound.empty()) {
      return {peer_.ended ? IoResult::Status::closed : IoResult::Status::would_block, 0};
    }
    const std::size_t bytes = std::min(into.size(), peer_.inbound.size());
    peer_.inbound.copy(into.data(), bytes);
    peer_.inbound.erase(0, bytes);
    return {IoResult::Status::done, bytes};
  }
  IoResult write(std::span<const ByteView> pieces) override {
    ++peer_.writes;
    std::size_t bytes = 0;
    for (const ByteView piece : pieces) {
      const std::size_t taken = std::min(piece.size(), peer_.window - bytes);
      peer_.outbound += piece.substr(0, taken);
      bytes += taken;
      if (taken < piece.size()) break;
    }
    if (peer_.window != std::numeric_limits<std::size_t>::max()) peer_.window -= bytes;
    if (bytes == 0) return {IoResult::Status::would_block, 0};
    return {IoResult::Status::done, bytes};
  }
  void wait_readable(std::function<void()> ready) override { peer_.on_readable = std::move(ready); }
  void wait_writable(std::function<void()> ready) override { peer_.on_writable = std::move(ready); }
  void shut_down_send() override {}
  void close() override {
    peer_.closed = true;
    peer_.on_readable = nullptr;
    peer_.on_writable = nullptr;
  }

 private:
  Peer& peer_;
};

class WebSocketDriverTest : public ::testing::Test {
 protected:
  WebSocketDriverTest()
      : authenticator_(connection::Authenticator::development()),
        log_(
            store_, [this](std::function<void()> work) { posted_.push_back(std::move(work)); },
            [] { return 7; }),
        bus_(hub_, [this](std::function<void()> work) { posted_.push_back(std::move(work)); }),
        router_({}, authenticator_, log_, bus_, nullptr, 1),
        pool_(router_, outbox_limits_, protocol::Limits{}, [this] {
          ++clock_reads_;
          return now_;
        }) {}

  /// Connects and joins under this client id.
  Peer& join(const std::string& client) {
    Peer& peer = connect(protocol::Encoding::json);
    say(peer, R"([[0,{"client":")" + client + R"("}]])");
    advance(milliseconds(50));
    return peer;
  }
  Peer& connect(protocol::Encoding encoding) {
    peers_.push_back(std::make_unique<Peer>());
    pool_.adopt(std::make_unique<PeerTransport>(*peers_.back()), "try", encoding, {});
    turn();
    return *peers_.back();
  }
  void say(Peer& peer, const std::string& json) { peer.inbound += test::text_frame(json); }
  /// One turn of the loop: all that is ready, then the end of the turn.
  void turn() {
    store_.pump();
    for (const auto& work : std::exchange(posted_, {})) work();
    for (const auto& peer : peers_) peer->poll();
    pool_.end_turn();
  }
  void advance(std::chrono::nanoseconds time) {
    const Instant end = now_.mono + time;
    for (turn(), turn(); now_.mono < end; turn()) {
      const Instant next = std::min(end, pool_.next_deadline().value_or(end));
      const auto step = std::max<std::chrono::nanoseconds>(next - now_.mono, milliseconds(1));
      now_.wall_ms += std::chrono::duration_cast<milliseconds>(step).count();
      now_.mono += step;
    }
    turn();
  }
  void forget_output() {
    for (const auto& peer : peers_) {
      peer->outbound.clear();
      peer->writes = 0;
    }
  }

  connection::OutboxLimits outbox_limits_{.bytes_max = 64 * 1024};
  int clock_reads_ = 0;
  Now now_{Instant{} + std::chrono::hours(1), 1'800'000'000'000};
  store::MemoryStore store_;
  std::vector<std::function<void()>> posted_;
  connection::Authenticator authenticator_;
  log::LocalLog log_;
  bus::LocalBusHub hub_;
  bus::LocalBus bus_;
  router::Router router_;
  std::deque<std::unique_ptr<Peer>> peers_;
  DriverPool pool_;
};

TEST_F(WebSocketDriverTest, OneWriteForEachSessionAndTickWhateverHappenedInIt) {
  std::vector<Peer*> people;
  for (int i = 0; i < 20; ++i) people.push_back(&join("c" + std::to_string(i)));
  advance(seconds(2));
  forget_output();
  for (std::size_t i = 0; i < people.size(); ++i) {
    say(*people[i], "[[1," + std::to_string(i) + ",1]]");
    say(*people[i], R"([[2,{"mood":"busy"}]])");
    say(*people[i], R"([[4,"wave",null]])");
    say(*people[i], R"([[3,1,[[0,"x","concept",{}]]]])");
  }
  turn();
  for (const Peer* peer : people) EXPECT_EQ(peer->writes, 1);
  advance(milliseconds(40));  // the pushes come back from the log
  for (const Peer* peer : people) EXPECT_EQ(peer->writes, 2);
  advance(milliseconds(200));
  for (const Peer* peer : people) EXPECT_EQ(peer->writes, 2) << "and then it is quiet";
}

TEST_F(WebSocketDriverTest, TheClockIsReadForTheTurnAndNotForEachMessage) {
  std::vector<Peer*> people;
  for (int i = 0; i < 20; ++i) people.push_back(&join("c" + std::to_string(i)));
  advance(seconds(2));
  const auto reads_in_turn_with = [&](int messages) {
    advance(milliseconds(100));
    for (Peer* peer : people) {
      for (int i = 0; i < messages; ++i) say(*peer, "[[1," + std::to_string(i) + ",1]]");
    }
    const int before = clock_reads_;
    turn();
    return clock_reads_ - before;
  };
  const int reads_for_few = reads_in_turn_with(1);
  EXPECT_LE(reads_for_few, 3);
  EXPECT_EQ(reads_in_turn_with(5), reads_for_few);
}

TEST_F(WebSocketDriverTest, O3NothingLiveWaitsBehindAStalledReaderAndTheOthersDoNotNotice) {
  Peer& ada = join("a");
  Peer& stalled = join("s");
  Peer& bob = join("b");
  advance(seconds(1));
  stalled.window = 3;  // in the middle of a frame
  forget_output();
  for (int i = 0; i < 300; ++i) {
    say(ada, "[[1," + std::to_string(i) + ",5]]");
    advance(milliseconds(16));
  }
  EXPECT_LE(stalled.writes, 1);
  EXPECT_GE(bob.writes, 290);
  stalled.window = std::numeric_limits<std::size_t>::max();
  advance(milliseconds(40));
  // The rest of the begun frame, then one frame with the newest positions.
  EXPECT_LT(stalled.outbound.size(), 400U);
  EXPECT_NE(stalled.outbound.find(",299,5]"), std::string::npos);
}

TEST_F(WebSocketDriverTest, O2AReaderThatStopsIsSlowAndItsMemoryIsBounded) {
  Peer& ada = join("a");
  Peer& stalled = join("s");
  advance(seconds(1));
  stalled.window = 0;
  const std::string payload(10'000, 'x');
  for (int i = 0; i < 10; ++i) {
    say(ada, R"([[4,"big",")" + payload + R"("]])");
    advance(milliseconds(20));
  }
  stalled.window = std::numeric_limits<std::size_t>::max();
  advance(milliseconds(20));
  EXPECT_NE(stalled.outbound.find("[8,4200,"), std::string::npos) << "goodbye slow";
  EXPECT_EQ(ada.outbound.find("[8,"), std::string::npos);
  advance(seconds(4));
  EXPECT_TRUE(stalled.closed);
}

TEST_F(WebSocketDriverTest, O5AReaderWhoseOldestByteIsTenSecondsOldIsSlow) {
  Peer& ada = join("a");
  Peer& stalled = join("s");
  advance(seconds(1));
  stalled.window = 0;
  say(ada, R"([[4,"small",1]])");
  advance(seconds(9));
  EXPECT_EQ(router_.session_count(), 2U);
  advance(seconds(2));
  EXPECT_EQ(router_.session_count(), 1U);
}

TEST_F(WebSocketDriverTest, S6AGoodbyeIsFollowedByACloseFrameWithItsCode) {
  Peer& ada = join("a");
  forget_output();
  say(ada, "[[0]]");
  advance(milliseconds(20));
  const auto goodbye = ada.outbound.find("[8,4000,");
  ASSERT_NE(goodbye, std::string::npos);
  EXPECT_NE(ada.outbound.find(std::string("\x0f\xa0", 2), goodbye), std::string::npos) << "4000";
  EXPECT_FALSE(ada.closed) << "until the peer has closed too";
  ada.inbound +=
      test::client_frame({.opcode = websocket::Opcode::close, .payload = Bytes("\x0f\xa0", 2)});
  advance(milliseconds(20));
  EXPECT_TRUE(ada.closed);
}

TEST_F(WebSocketDriverTest, P2TheWrongKindOfFrameIsABadMessage) {
  Peer& text = connect(protocol::Encoding::json);
  text.inbound += test::binary_frame("\x92\x07\x01");
  advance(milliseconds(20));
  EXPECT_NE(text.outbound.find("[8,4000,"), std::string::npos);
  EXPECT_NE(text.outbound.find("weft.v1+json takes text frames"), std::string::npos);
}

TEST_F(WebSocketDriverTest, P5AMessageOverItsLimitIsTooLargeAsSoonAsItsHeaderSaysSo) {
  Peer& early = connect(protocol::Encoding::json);
  early.inbound += test::client_header({.opcode = websocket::Opcode::text}, 17 * 1024);
  advance(milliseconds(20));
  EXPECT_NE(early.outbound.find("[8,4004,"), std::string::npos);
  EXPECT_NE(early.outbound.find("hello_bytes_max"), std::string::npos);

  Peer& joined = join("a");
  joined.inbound += test::client_header({.opcode = websocket::Opcode::text}, (1 << 20) + 1);
  advance(milliseconds(20));
  EXPECT_NE(joined.outbound.find("[8,4004,"), std::string::npos);
  EXPECT_NE(joined.outbound.find("frame_bytes_max"), std::string::npos);
}

TEST_F(WebSocketDriverTest, P11PingsAreAnsweredOncePerTurnWithTheNewest) {
  Peer& ada = join("a");
  forget_output();
  ada.inbound += test::ping_frame("one") + test::ping_frame("two");
  turn();
  EXPECT_EQ(ada.writes, 1);
  EXPECT_EQ(ada.outbound, std::string("\x8a\x03two"));
  ada.outbound.clear();
  for (int i = 0; i < 100; ++i) {
    ada.inbound += test::ping_frame("flood");
    turn();
  }
  EXPECT_LE(ada.writes, 11) << "ten a second";
}

TEST_F(WebSocketDriverTest, P7PingsAQuietPeerAndDropsItWhenNothingComes) {
  Peer& ada = join("a");
  forget_output();
  advance(seconds(27));
  EXPECT_EQ(ada.outbound, std::string("\x89\x00", 2));
  advance(seconds(11));
  EXPECT_NE(ada.outbound.find("[8,4203,"), std::string::npos);
  EXPECT_EQ(router_.session_count(), 0U);
}

TEST_F(WebSocketDriverTest, ABrokenFrameIsClosedWithRfc6455sOwnCode) {
  Peer& ada = join("a");
  forget_output();
  ada.inbound += test::client_frame({.payload = "x", .reserved_bits = 0x40});
  advance(milliseconds(20));
  EXPECT_EQ(ada.outbound.substr(2, 2), std::string("\x03\xea", 2)) << "1002";
  EXPECT_EQ(router_.session_count(), 0U);
}

TEST_F(WebSocketDriverTest, APeerThatVanishesWhileWeSayGoodbyeIsForgotten) {
  Peer& ada = join("a");
  ada.window = 0;
  say(ada, "[[0]]");
  advance(seconds(5));
  EXPECT_TRUE(ada.closed);
  EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(WebSocketDriverTest, C1ABigMessageRightBehindHelloIsTaken) {
  Peer& ada = connect(protocol::Encoding::json);
  say(ada, R"([[0,{"client":"a"}]])");
  say(ada, R"([[4,"big",")" + std::string(15'000, 'x') + R"("],[4,"more",")" +
               std::string(15'000, 'y') + R"("]])");
  advance(milliseconds(50));
  EXPECT_EQ(ada.outbound.find("[8,"), std::string::npos) << ada.outbound;
  EXPECT_EQ(router_.session_count(), 1U);
}

TEST_F(WebSocketDriverTest, TwoBigPushesInOneTickDoNotMakeAHealthyReaderSlow) {
  Peer& ada = join("a");
  Peer& bob = join("b");
  advance(seconds(1));
  forget_output();
  for (int i = 0; i < 8; ++i) say(ada, R"([[4,"big",")" + std::string(15'000, 'x') + R"("]])");
  advance(milliseconds(50));
  EXPECT_GT(bob.outbound.size(), 100'000U);
  EXPECT_EQ(bob.outbound.find("[8,"), std::string::npos);
}

TEST_F(WebSocketDriverTest, WhatComesWhileTheRoomOpensWaitsInTheSocket) {
  Peer& ada = connect(protocol::Encoding::json);
  say(ada, R"([[0,{"client":"a"}]])");
  ada.poll();
  pool_.end_turn();  // the store has not answered
  say(ada, "[[7,1]]");
  ada.poll();
  pool_.end_turn();
  EXPECT_FALSE(ada.inbound.empty());
  advance(milliseconds(50));
  EXPECT_TRUE(ada.inbound.empty());
  EXPECT_NE(ada.outbound.find("[7,1,"), std::string::npos) << "pong";
}

}  // namespace
}  // namespace weft::runtime
