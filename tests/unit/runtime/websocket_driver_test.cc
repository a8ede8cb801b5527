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
#include "unit/websocket/event_script.h"
#include "websocket/deflate.h"

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
  std::vector<const char*> large_pieces;                         // where 1 KiB and more lay
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
      if (piece.size() >= 1024) peer_.large_pieces.push_back(piece.data());
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
  Peer& join(const std::string& client, protocol::Form form = protocol::Encoding::json) {
    Peer& peer = connect(form);
    say(peer, R"([[0,{"client":")" + client + R"("}]])");
    advance(milliseconds(50));
    return peer;
  }
  Peer& connect(protocol::Form form) {
    peers_.push_back(std::make_unique<Peer>());
    pool_.adopt(std::make_unique<PeerTransport>(*peers_.back()), "try", form, {});
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
      peer->large_pieces.clear();
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

/// Makes 400 entities of 1 KB each, e1000 to e1399.
std::string big_push() {
  std::string ops;
  for (int i = 1'000; i < 1'400; ++i) {
    ops += R"(,[0,"e)" + std::to_string(i) + R"(","concept",{"text":")" + std::string(1'000, 't') +
           R"("}])";
  }
  return "[[3,1,[" + ops.substr(1) + "]]]";
}

TEST_F(WebSocketDriverTest, O18ABigSnapshotLeavesInPiecesOneInATurn) {
  Peer& ada = join("a");
  say(ada, big_push());
  advance(seconds(1));
  Peer& bob = connect(protocol::Encoding::json);
  say(bob, R"([[0,{"client":"b"}]])");
  constexpr std::size_t kOneTurn = std::size_t{64} * 1024;
  constexpr std::size_t kOneFrame = std::size_t{40} * 1024;
  std::size_t turns_with_output = 0;
  for (int turns = 0; turns < 200; ++turns) {
    const std::size_t before = bob.outbound.size();
    turn();
    now_.mono += milliseconds(1);
    EXPECT_LE(bob.outbound.size() - before, kOneTurn + kOneFrame);
    if (bob.outbound.size() > before) ++turns_with_output;
  }
  EXPECT_GT(bob.outbound.size(), 400'000U);
  EXPECT_NE(bob.outbound.find("\"e1399\""), std::string::npos) << "all of it, without a new cause";
  EXPECT_GE(turns_with_output, 5U);
}

TEST_F(WebSocketDriverTest, C16AFrameHasTenThousandMessagesAtMost) {
  Peer& ada = join("a");
  const auto frame_of = [](int messages) {
    std::string frame = "[[99]";
    for (int i = 1; i < messages; ++i) frame += ",[99]";
    return frame + "]";
  };
  say(ada, frame_of(10'000));
  advance(milliseconds(100));
  EXPECT_EQ(ada.outbound.find("[8,"), std::string::npos);
  say(ada, frame_of(10'001));
  advance(milliseconds(100));
  EXPECT_NE(ada.outbound.find("frame_messages_max"), std::string::npos);
}

TEST_F(WebSocketDriverTest, O18OfManyWhoJoinABigCanvasSixteenGoOnInATurn) {
  Peer& ada = join("a");
  say(ada, big_push());
  advance(seconds(1));
  std::vector<Peer*> joiners;
  for (int i = 0; i < 50; ++i) joiners.push_back(&connect(protocol::Encoding::json));
  for (std::size_t i = 0; i < joiners.size(); ++i) {
    say(*joiners[i], R"([[0,{"client":"b)" + std::to_string(i) + R"("}]])");
  }
  while (joiners.front()->outbound.empty()) {
    turn();
    now_.mono += milliseconds(1);
  }
  int turns = 0;
  for (; pool_.has_leftovers(); ++turns) {
    ASSERT_LT(turns, 200);
    std::vector<std::size_t> before;
    for (const Peer* joiner : joiners) before.push_back(joiner->outbound.size());
    turn();
    std::size_t went_on = 0;
    for (std::size_t i = 0; i < joiners.size(); ++i) {
      went_on += joiners[i]->outbound.size() > before[i] ? 1 : 0;
    }
    EXPECT_LE(went_on, 16U);
  }
  EXPECT_GE(turns, 12) << "50 people, 16 at a time, several shares each";
  advance(seconds(1));
  for (const Peer* joiner : joiners) {
    EXPECT_NE(joiner->outbound.find("\"e1399\""), std::string::npos);
  }
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

// ---- Compression -----------------------------------------------------------------------------

const protocol::Form kCompressed(protocol::Encoding::json, true);

/// What a client reads in what it was sent: the messages of data frames, joined.
std::string read_by_client(const Bytes& outbound, bool is_compressed) {
  websocket::Inflate inflate;
  websocket::MessageDecoder decoder({.message_bytes_max = 16 << 20}, websocket::Sender::server,
                                    is_compressed ? &inflate : nullptr);
  std::string text;
  for (const std::string& line : test::decode(decoder, {outbound})) {
    EXPECT_FALSE(line.starts_with("refused")) << line;
    text += line + "\n";
  }
  return text;
}

/// A push of so many entities whose titles are much alike.
std::string push_of(int n, int entities) {
  std::string push = "[[3," + std::to_string(n) + ",[";
  for (int i = 0; i < entities; ++i) {
    const std::string id = std::to_string(n) + "-" + std::to_string(i);
    if (i > 0) push += ",";
    push += R"([0,")" + id + R"(","concept",{"title":"a concept by the name of )" + id + R"("}])";
  }
  return push + "]]]";
}

TEST_F(WebSocketDriverTest, O14AFrameForManyIsCompressedOnce) {
  Peer& ada = join("ada", kCompressed);
  std::vector<Peer*> others;
  for (int i = 0; i < 30; ++i) others.push_back(&join("c" + std::to_string(i), kCompressed));
  Peer& plain = join("plain");
  advance(seconds(2));
  forget_output();
  const std::uint64_t before = pool_.compression_count();
  say(ada, push_of(1, 400));
  advance(milliseconds(50));
  EXPECT_EQ(pool_.compression_count() - before, 1U);
  const std::string told = read_by_client(plain.outbound, false);
  EXPECT_TRUE(told.contains("by the name of 1-399"));
  for (const Peer* other : others) {
    ASSERT_EQ(other->large_pieces.size(), 1U);
    EXPECT_EQ(other->large_pieces, others.front()->large_pieces) << "the same bytes, not a copy";
    EXPECT_LT(other->outbound.size() * 3, plain.outbound.size());
    EXPECT_EQ(read_by_client(other->outbound, true), told);
  }
}

TEST_F(WebSocketDriverTest, O19WhatOneReadBringsIsHandledATurnsShareAtATime) {
  Peer& ada = join("a");
  Peer& bob = join("b");
  // Fits into one read; inflated it is far more.
  websocket::Deflate deflate;
  const std::string push =
      "[[3,1,[[0,\"x\",\"concept\",{\"text\":\"" + std::string(100'000, 't') + "\"}]]]]";
  Peer& carl = join("c", {protocol::Encoding::json, true});
  forget_output();
  for (int i = 0; i < 20; ++i) {
    carl.inbound += test::client_frame({.opcode = websocket::Opcode::text,
                                        .payload = Bytes(*deflate.compress(push)),
                                        .reserved_bits = websocket::kCompressedBit});
  }
  ASSERT_LT(carl.inbound.size(), 60'000U);
  say(bob, "[[1,7,7]]");
  turn();
  EXPECT_TRUE(carl.inbound.empty()) << "one read";
  EXPECT_TRUE(pool_.has_leftovers());
  EXPECT_EQ(pool_.next_deadline(), Instant{});
  int turns = 1;
  for (; pool_.has_leftovers() && turns < 100; ++turns) turn();
  EXPECT_GE(turns, 6) << "2 MB, 256 KiB and a message at a time";
  advance(seconds(1));
  EXPECT_TRUE(ada.outbound.contains("[3,"));
  // The first is taken, and each of the others, up to the last, is answered as a resend.
  const std::string answers = read_by_client(carl.outbound, true);
  std::size_t acks = 0;
  for (std::size_t at = 0; (at = answers.find("[6,1,", at)) != std::string::npos; ++at) ++acks;
  EXPECT_GE(acks, 2U) << "all of it is handled";
}

TEST_F(WebSocketDriverTest, O14ASnapshotIsCompressedOnceForAllWhoJoin) {
  Peer& ada = join("ada");
  for (int n = 1; n <= 5; ++n) say(ada, push_of(n, 400));
  advance(seconds(1));
  std::vector<Peer*> joiners;
  const std::uint64_t before = pool_.compression_count();
  for (int i = 0; i < 50; ++i) {
    joiners.push_back(&connect(kCompressed));
    say(*joiners.back(), R"([[0,{"client":"c)" + std::to_string(i) + R"("}]])");
  }
  Peer& plain = connect(protocol::Encoding::json);
  say(plain, R"([[0,{"client":"plain"}]])");
  advance(seconds(1));
  // The parts of the document, of 16 to 32 KiB each, and everybody's presence.
  EXPECT_LE(pool_.compression_count() - before, 10U);
  for (const Peer* joiner : joiners) {
    EXPECT_TRUE(read_by_client(joiner->outbound, true).contains("by the name of 5-399"));
    EXPECT_LT(joiner->outbound.size() * 3, plain.outbound.size());
  }
}

TEST_F(WebSocketDriverTest, O16ABigSnapshotIsSpreadOverTurnsAndCursorsGoOn) {
  Peer& ada = join("ada");
  for (int n = 1; n <= 30; ++n) {
    say(ada, push_of(n, 400));
    advance(milliseconds(20));
  }
  advance(seconds(2));
  Peer& bob = join("bob");
  forget_output();
  Peer& late = connect(kCompressed);
  say(late, R"([[0,{"client":"late"}]])");
  int turns = 0;
  for (std::uint64_t seen = pool_.compression_count(); turns < 100; ++turns) {
    if (turns % 5 == 0) say(ada, "[[1," + std::to_string(turns) + ",5]]");
    turn();
    now_.mono += milliseconds(5);
    const std::uint64_t count = pool_.compression_count();
    EXPECT_LE(count - seen, 9U) << "parts of at least 16 KiB, in one turn of 128 KiB";
    seen = count;
    if (late.outbound.size() > 0 && pool_.next_deadline() > now_.mono) break;
  }
  EXPECT_GT(turns, 3);
  EXPECT_TRUE(read_by_client(bob.outbound, false).contains(",5]")) << "bob sees cursors meanwhile";
  advance(milliseconds(100));
  const std::string document = read_by_client(late.outbound, true);
  EXPECT_TRUE(document.contains("by the name of 1-0\""));
  EXPECT_TRUE(document.contains("by the name of 30-399\""));
  EXPECT_LT(late.outbound.size() * 3, document.size()) << "every part was compressed";
}

TEST_F(WebSocketDriverTest, W37CompressedMessagesOfAClientAreTaken) {
  Peer& ada = join("ada", kCompressed);
  Peer& bob = join("bob");
  forget_output();
  websocket::Deflate deflate;
  const std::string said = R"([[4,"note","a note, a note, a note, and the same note again"]])";
  ada.inbound += test::client_frame({.opcode = websocket::Opcode::text,
                                     .payload = Bytes(deflate.compress(said).value_or("")),
                                     .reserved_bits = websocket::kCompressedBit});
  advance(milliseconds(50));
  EXPECT_TRUE(bob.outbound.contains("and the same note again"));
}

TEST_F(WebSocketDriverTest, P5ABombIsTooLargeByTheLimitThatHolds) {
  websocket::Deflate deflate;
  const auto bomb = [&](std::size_t bytes) {
    return test::client_frame({.opcode = websocket::Opcode::text,
                               .payload = Bytes(deflate.compress(Bytes(bytes, ' ')).value_or("")),
                               .reserved_bits = websocket::kCompressedBit});
  };
  Peer& early = connect(kCompressed);
  early.inbound += bomb(17 * 1024);
  advance(milliseconds(20));
  EXPECT_TRUE(early.outbound.contains("[8,4004,"));
  EXPECT_TRUE(early.outbound.contains("at least 16385 bytes; the limit is 16384 (hello_bytes_max)"))
      << early.outbound;

  Peer& joined = join("a", kCompressed);
  joined.inbound += bomb(100 << 20);
  advance(milliseconds(20));
  EXPECT_TRUE(joined.outbound.contains("[8,4004,"));
  EXPECT_TRUE(joined.outbound.contains("frame_bytes_max")) << joined.outbound;
}

TEST_F(WebSocketDriverTest, W39AMessageThatCannotBeInflatedEndsTheSession) {
  Peer& ada = join("ada", kCompressed);
  forget_output();
  ada.inbound +=
      test::client_frame({.payload = "\xff\xff", .reserved_bits = websocket::kCompressedBit});
  advance(milliseconds(20));
  EXPECT_EQ(ada.outbound.substr(2, 2), std::string("\x03\xef", 2)) << "1007";
  EXPECT_EQ(router_.session_count(), 0U);
}

}  // namespace
}  // namespace weft::runtime
