// SPDX-License-Identifier: Apache-2.0
#include "runtime/tcp_transport.h"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace weft::runtime {
namespace {

/// One end of a connection in the transport's hands, the other in the test's.
class Connection {
 public:
  explicit Connection(Poller& poller) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    peer_ = ends[1];
    transport = std::make_unique<TcpTransport>(ends[0], poller);
  }
  ~Connection() { hang_up(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void say(std::string_view bytes) const {
    ASSERT_EQ(::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// Reads what has come, at least one byte.
  void listen() const {
    std::array<char, 1 << 16> buffer;
    ASSERT_GT(::recv(peer_, buffer.data(), buffer.size(), 0), 0);
  }
  void hang_up() {
    if (peer_ >= 0) ::close(std::exchange(peer_, -1));
  }

  std::unique_ptr<TcpTransport> transport;

 private:
  int peer_ = -1;
};

/// Counts what it is told, and makes the poller forget another one when it is.
struct Counter final : Watched {
  void note_ready(Readiness) override {
    ++told;
    if (told == 1) poller.remove(*other);
  }
  explicit Counter(Poller& used) : poller(used) {}
  Poller& poller;
  Counter* other = this;
  int told = 0;
};

class TcpTransportTest : public ::testing::Test {
 protected:
  /// Counts how often the transport says that it may be read.
  void watch(Connection& connection, int& told) {
    connection.transport->wait_readable([&told] { ++told; });
  }
  static std::string read(Connection& connection, std::size_t most = 100) {
    std::string into(most, '\0');
    const IoResult result = connection.transport->read(into);
    if (result.status == IoResult::Status::closed) return "closed";
    if (result.status == IoResult::Status::would_block) return "would block";
    return into.substr(0, result.bytes);
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  Poller poller_{io_};
  int told_ = 0;
};

TEST_F(TcpTransportTest, TellsOnceWhatHasCome) {
  Connection connection(poller_);
  watch(connection, told_);
  poller_.poll();
  EXPECT_EQ(told_, 0);
  connection.say("hello");
  poller_.poll();
  poller_.poll();
  EXPECT_EQ(told_, 1) << "whoever wants to know again has to wait again";
  EXPECT_EQ(read(connection), "hello");
  EXPECT_EQ(read(connection), "would block");
}

TEST_F(TcpTransportTest, WhatCameBeforeSomebodyWaitedIsNotLost) {
  Connection connection(poller_);
  connection.say("early");
  poller_.poll();
  watch(connection, told_);
  poller_.poll();
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(read(connection), "early");
}

TEST_F(TcpTransportTest, WhatAReadLeavesIsToldAgain) {
  Connection connection(poller_);
  watch(connection, told_);
  connection.say("abcdef");
  poller_.poll();
  EXPECT_EQ(read(connection, 3), "abc");
  watch(connection, told_);
  poller_.poll();
  EXPECT_EQ(told_, 2);
  EXPECT_EQ(read(connection, 3), "def");
}

TEST_F(TcpTransportTest, WhoeverHasMoreThanItsShareIsToldOnceAPoll) {
  Connection connection(poller_);
  std::function<void()> read_a_little = [&] {
    ++told_;
    EXPECT_EQ(read(connection, 3).size(), 3U);
    connection.transport->wait_readable(read_a_little);
  };
  connection.transport->wait_readable(read_a_little);
  for (int polls = 1; polls <= 5; ++polls) {
    connection.say("abcdef");  // a new edge each time
    poller_.poll();
    EXPECT_EQ(told_, polls);
  }
}

TEST_F(TcpTransportTest, AnEndThatCameWithTheLastBytesIsSeen) {
  Connection connection(poller_);
  watch(connection, told_);
  connection.say("bye");
  connection.hang_up();
  poller_.poll();
  EXPECT_EQ(read(connection), "bye");
  watch(connection, told_);
  poller_.poll();
  EXPECT_EQ(told_, 2);
  EXPECT_EQ(read(connection), "closed");
}

TEST_F(TcpTransportTest, AnEndThatComesWhileNobodyWaitsIsToldToWhoeverDoes) {
  Connection connection(poller_);
  connection.hang_up();
  poller_.poll();
  watch(connection, told_);
  poller_.poll();
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(read(connection), "closed");
}

TEST_F(TcpTransportTest, TellsWhenAFullSocketTakesMore) {
  Connection connection(poller_);
  const std::string much(1 << 16, 'x');
  const ByteView piece(much);
  while (connection.transport->write({&piece, 1}).status == IoResult::Status::done) {
  }
  connection.transport->wait_writable([this] { ++told_; });
  poller_.poll();
  EXPECT_EQ(told_, 0);
  for (int i = 0; i < 100 && told_ == 0; ++i) {
    connection.listen();
    poller_.poll();
  }
  EXPECT_EQ(told_, 1) << "after the peer has read 100 times";
  EXPECT_EQ(connection.transport->write({&piece, 1}).status, IoResult::Status::done);
}

TEST_F(TcpTransportTest, NothingIsToldOfAClosedOne) {
  Connection first(poller_);
  Connection second(poller_);
  // Whichever of the two is told first ends the other.
  first.transport->wait_readable([&] {
    ++told_;
    second.transport.reset();
  });
  second.transport->wait_readable([&] {
    ++told_;
    first.transport.reset();
  });
  first.say("a");
  second.say("b");
  poller_.poll();
  poller_.poll();
  EXPECT_EQ(told_, 1);
}

TEST(PollerTest, WhoeverIsRemovedInTheMiddleOfAPollIsNotTold) {
  boost::asio::io_context io;
  Poller poller(io);
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  Counter first(poller);
  Counter second(poller);
  first.other = &second;
  second.other = &first;
  ASSERT_TRUE(poller.add(ends[0], first) && poller.add(ends[1], second));
  poller.poll();  // both can be written to
  EXPECT_EQ(first.told + second.told, 1);
  poller.tell_again(first);
  poller.tell_again(second);
  first.told = second.told = 0;
  poller.poll();
  EXPECT_EQ(first.told + second.told, 1);
  for (const int end : ends) ::close(end);
}

TEST_F(TcpTransportTest, OneThatCannotBeWatchedSaysThatItIsClosed) {
  TcpTransport transport(-1, poller_);
  transport.wait_readable([this] { ++told_; });
  poller_.poll();
  EXPECT_EQ(told_, 1);
  std::array<char, 10> into;
  EXPECT_EQ(transport.read(into).status, IoResult::Status::closed);
}

TEST_F(TcpTransportTest, ASocketWakesTheLoop) {
  Connection connection(poller_);
  poller_.poll();
  watch(connection, told_);
  poller_.arm();
  EXPECT_EQ(io_.poll(), 0U);
  connection.say("wake");
  EXPECT_EQ(io_.run_one_for(std::chrono::seconds(10)), 1U) << "the loop was not woken within 10 s";
  poller_.poll();
  EXPECT_EQ(told_, 1);
  // What one poll has left over wakes it, too.
  connection.say("again");
  poller_.arm();
  EXPECT_EQ(io_.run_one_for(std::chrono::seconds(10)), 1U) << "the loop was not woken within 10 s";
  poller_.arm();
  EXPECT_EQ(io_.run_one_for(std::chrono::seconds(10)), 1U) << "the loop was not woken within 10 s";
}

}  // namespace
}  // namespace weft::runtime
