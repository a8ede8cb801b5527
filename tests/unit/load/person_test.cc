// SPDX-License-Identifier: Apache-2.0
#include "load/person.h"

#include "load/push_content.h"
#include "protocol/messages.h"
#include "websocket/frame_header.h"
#include "websocket/handshake.h"
#include "websocket/message_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace weft::load {
namespace {

using namespace protocol;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Instant kOrigin = Instant(1'000s);

/// One person and what a server would say to it and hear of it.
class PersonTest : public testing::Test {
 protected:
  PersonTest() { plan_.targets = {{"127.0.0.1", "8080"}}; }

  void SetUp() override { work_.window = {kOrigin, kOrigin + 10s}; }

  Person& come(Scenario scenario = Scenario::cursors, std::size_t number = 0) {
    plan_.scenario = scenario;
    person_.emplace(plan_, number);
    person_->begin("127.0.0.1:8080", now_, now_, work_, out_);
    return *person_;
  }

  /// Through upgrade, welcome and an empty document.
  Person& join(Scenario scenario = Scenario::cursors, std::uint64_t n = 0) {
    come(scenario);
    answer_upgrade();
    welcome(n);
    snapshot();
    said();
    return *person_;
  }

  void give(Bytes bytes) { person_->take(bytes, now_, work_, out_); }

  void answer_upgrade() {
    const std::size_t begin = out_.find("Key: ") + 5;
    Bytes response;
    websocket::append_switching_protocols(
        response, websocket::accept_key(out_.substr(begin, out_.find('\r', begin) - begin)),
        "weft.v1");
    out_.clear();
    give(response);
  }

  void give_message(const Bytes& message) {
    Bytes frame;
    websocket::append_frame_header(frame, websocket::Opcode::binary, message.size());
    give(frame + message);
  }

  void welcome(std::uint64_t n = 0) {
    Bytes message;
    Welcome welcome;
    welcome.actor = ActorId{7};
    welcome.n = n;
    welcome.role = "edit";
    welcome.server = "weft test";
    append_welcome(message, welcome);
    give_message(message);
  }

  void snapshot(bool last = true) {
    Bytes message;
    append_snapshot(message, 0, last, 0, {}, 0);
    give_message(message);
  }

  void ack(std::uint64_t n, AckOutcome outcome = AckOutcome::commit, ByteView detail = {}) {
    Bytes message;
    append_ack(message, n, n, outcome, detail, 0);
    give_message(message);
  }

  void cursors(const std::vector<CursorEntry>& entries) {
    Bytes message;
    append_cursors_head(message, 0, static_cast<std::uint32_t>(entries.size()));
    for (const CursorEntry& entry : entries)
      append_cursor_entry(message, entry.actor, entry.cursor);
    give_message(message);
  }

  /// The person's messages since the last call, and `close`, `pong …` for other frames.
  std::vector<std::string> said() {
    std::vector<std::string> lines;
    websocket::MessageDecoder decoder;
    std::span<char> input = out_;
    while (true) {
      const websocket::Event event = decoder.next(input, now_);
      if (event.kind == websocket::EventKind::need_more) break;
      if (event.kind == websocket::EventKind::message) {
        lines.push_back(describe(event.payload));
      } else if (event.kind == websocket::EventKind::pong) {
        lines.push_back("pong " + std::string(event.payload));
      } else if (event.kind == websocket::EventKind::close) {
        lines.push_back("close " + std::to_string(event.close_code));
      } else {
        lines.emplace_back("wrong");
      }
    }
    out_.clear();
    return lines;
  }

  static std::string describe(ByteView payload) {
    MessageReader reader(payload);
    const auto message = reader.next();
    if (!message) return "unreadable";
    if (const auto* hello = std::get_if<protocol::Hello>(&*message)) {
      return "hello " + std::string(hello->client) + " " + std::string(hello->token);
    }
    if (const auto* cursor = std::get_if<Cursor>(&*message)) {
      return "move " + std::to_string(to_stamp(*cursor).value_or(0));
    }
    if (const auto* push = std::get_if<Push>(&*message)) {
      return "push " + std::to_string(push->n) + " at " +
             std::to_string(read_push_stamp(push->ops).value_or(0));
    }
    if (const auto* view = std::get_if<View>(&*message); view && view->rect) {
      return "view from " + std::to_string(static_cast<long>(view->rect->x0));
    }
    return "other";
  }

  Plan plan_;
  Workspace work_{kOrigin, 1};
  Instant now_ = kOrigin;
  Bytes out_;
  std::optional<Person> person_;
};

TEST_F(PersonTest, ComesInByUpgradeHelloWelcomeAndDocument) {
  plan_.tokens = {"token-1"};
  Person& person = come();
  EXPECT_THAT(out_, HasSubstr("GET /v1/canvases/bench-0 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
  answer_upgrade();
  EXPECT_THAT(said(), ElementsAre("hello bench-1-0 token-1"));
  now_ += 2ms;
  welcome();
  now_ += 3ms;
  snapshot(false);
  EXPECT_TRUE(person.is_joining());
  now_ += 4ms;
  snapshot();
  EXPECT_EQ(person.state(), Person::State::here);
  EXPECT_EQ(work_.tally.joined, 1U);
  EXPECT_EQ(work_.tally.welcome_latency.max(), 2ms);
  EXPECT_EQ(work_.tally.first_part_latency.max(), 5ms);
  EXPECT_EQ(work_.tally.first_part_latency.count(), 1U);
  EXPECT_EQ(work_.tally.snapshot_latency.max(), 9ms);
}

TEST_F(PersonTest, TakesAnAnswerCutAnywhereWithFramesBehindIt) {
  come();
  const std::size_t begin = out_.find("Key: ") + 5;
  Bytes bytes;
  websocket::append_switching_protocols(
      bytes, websocket::accept_key(out_.substr(begin, out_.find('\r', begin) - begin)), "weft.v1");
  out_.clear();
  Bytes message;
  append_snapshot(message, 0, true, 0, {}, 0);
  websocket::append_ping(bytes, "p");
  for (const char byte : bytes) give(Bytes(1, byte));
  EXPECT_THAT(said(), ElementsAre("hello bench-1-0 ", "pong p"));
}

TEST_F(PersonTest, MovesWithTheMomentOfTheSchedule) {
  Person& person = join();
  now_ += 20ms;
  person.move(kOrigin + 15ms, work_, out_);
  EXPECT_THAT(said(), ElementsAre("move 15000"));
  EXPECT_EQ(work_.tally.moves, 1U);
}

TEST_F(PersonTest, CountsOthersMovesOfTheWindowFromWhenTheyWereDue) {
  join();
  now_ = kOrigin + 30ms;
  const auto stamped = [](std::uint64_t actor, Stamp stamp) {
    return CursorEntry{ActorId{actor}, to_cursor(stamp)};
  };
  cursors({stamped(7, 10'000),
           stamped(8, 10'000),
           stamped(9, 20'000),
           stamped(10, 10'000'000),
           {ActorId{11}, {.hidden = true, .x = 0, .y = 0}}});
  // Not its own, not one outside the window, and a hidden one has no moment.
  EXPECT_EQ(work_.tally.moves_heard, 2U);
  EXPECT_EQ(work_.tally.move_latency.max(), 20ms);
  EXPECT_EQ(work_.tally.deliveries_in_window, 4U);

  now_ = kOrigin + 11s;
  cursors({stamped(8, 9'999'999)});
  EXPECT_EQ(work_.tally.moves_heard, 3U);
  EXPECT_EQ(work_.tally.deliveries_in_window, 4U);
}

TEST_F(PersonTest, WithAViewItMovesInItsSquareAndCountsWhatIsInSight) {
  plan_.plane = 8;
  plan_.people = 64;
  come(Scenario::cursors, 9);
  answer_upgrade();
  welcome();
  snapshot();
  EXPECT_EQ(said().back(), "view from 0");
  out_.clear();
  person_->move(kOrigin + 15ms, work_, out_);
  EXPECT_EQ(said(), std::vector<std::string>{
                        "move " + std::to_string(*to_stamp(place_in(home_of(9, 8), 15'000)))});
  EXPECT_EQ(work_.tally.moves_to_hear, 8U);

  now_ = kOrigin + 30ms;
  cursors({{ActorId{8}, place_in(home_of(0, 8), 10'000)},
           {ActorId{9}, place_in(home_of(18, 8), 20'000)},
           {ActorId{10}, place_in(home_of(19, 8), 20'000)}});
  EXPECT_EQ(work_.tally.moves_heard, 2U) << "one is out of sight";
  cursors({{ActorId{8}, place_in(home_of(0, 8), 10'000)}});
  EXPECT_EQ(work_.tally.moves_heard, 2U) << "told again";
  EXPECT_EQ(work_.tally.move_latency.max(), 20ms);
  EXPECT_EQ(work_.tally.deliveries_in_window, 2U);
}

TEST_F(PersonTest, NothingIsCountedOfSomebodyWhoDoesNotRead) {
  join(Scenario::stalled);
  ASSERT_TRUE(person_->is_stalled());
  cursors({{ActorId{8}, to_cursor(0)}});
  EXPECT_EQ(work_.tally.moves_heard, 0U);
}

TEST_F(PersonTest, WhoDoesNotListenPassesOverCursorsAndPresenceButHearsAGoodbye) {
  plan_.people = 10;
  plan_.listeners = 1;
  Person& person = join();
  ASSERT_FALSE(plan_.listens(0));
  cursors({{ActorId{8}, to_cursor(0)}});
  // Would be no messages to anybody who listens.
  give_message("\x93\x01");
  give_message("\x93\x02");
  EXPECT_EQ(work_.tally.deliveries_in_window, 0U);
  EXPECT_EQ(person.state(), Person::State::here);
  person.move(kOrigin, work_, out_);
  EXPECT_EQ(work_.tally.moves, 1U);
  EXPECT_EQ(work_.tally.moves_to_hear, 1U) << "by the one who listens";
  Bytes goodbye;
  append_goodbye(goodbye, CloseCode::slow, "Too slow.", {});
  give_message(goodbye);
  EXPECT_EQ(work_.tally.goodbyes.of("slow"), 1U);
}

TEST_F(PersonTest, PushesGoOnFromWelcomesNumberAndAcksAreTimed) {
  Person& person = join(Scenario::concepts, 41);
  person.push(kOrigin + 1ms, kOrigin + 1ms, work_, out_);
  person.push(kOrigin + 2ms, kOrigin + 2ms, work_, out_);
  EXPECT_THAT(said(), ElementsAre("push 42 at 1000", "push 43 at 2000"));
  now_ = kOrigin + 11ms;
  ack(42);
  Bytes detail;
  append_rejection(detail, ErrorCode::too_large, "no", 0);
  ack(43, AckOutcome::rejected, detail);
  ack(43);  // settled already
  EXPECT_EQ(work_.tally.pushes, 2U);
  EXPECT_THAT(work_.tally.acks, ElementsAre(1, 0, 0, 1, 0));
  EXPECT_EQ(work_.tally.ack_latency.max(), 10ms);
  EXPECT_EQ(work_.tally.errors.of("too_large"), 1U);
  EXPECT_EQ(person.unsettled_pushes(), 0U);
}

TEST_F(PersonTest, CountsOthersPushes) {
  join(Scenario::concepts);
  Bytes push;
  append_person_push(push, "other", 1, false, 5'000);
  MessageReader reader(push);
  const auto message = reader.next();
  Bytes ops;
  append_ops(ops, 9, ActorId{8}, "u", std::get<Push>(*message).ops, 0);
  now_ = kOrigin + 8ms;
  give_message(ops);
  EXPECT_EQ(work_.tally.pushes_heard, 1U);
  EXPECT_EQ(work_.tally.push_latency.max(), 3ms);
}

TEST_F(PersonTest, C7APushThatWasNotTakenComesAgainWithAllAfterIt) {
  Person& person = join(Scenario::concepts);
  const auto push_at = [&](std::chrono::milliseconds at) {
    now_ = kOrigin + at;
    person.push(now_, now_, work_, out_);
  };
  push_at(1ms);
  push_at(2ms);
  said();
  Bytes error;
  append_error(error, ErrorCode::unavailable, "later", 1, 3);
  give_message(error);
  error.clear();
  append_error(error, ErrorCode::unavailable, "later", 2, 3);
  give_message(error);
  push_at(100ms);
  EXPECT_THAT(said(), IsEmpty());
  push_at(300ms);
  EXPECT_THAT(said(), ElementsAre("push 1 at 1000", "push 2 at 2000", "push 3 at 100000",
                                  "push 4 at 300000"));
  EXPECT_EQ(work_.tally.errors.of("unavailable"), 2U);
  push_at(301ms);
  EXPECT_THAT(said(), ElementsAre("push 5 at 301000"));
}

TEST_F(PersonTest, PushesAreHeldBackWhenTooManyHaveNoAck) {
  Person& person = join(Scenario::concepts);
  for (std::size_t i = 0; i < PushBook::kUnsettledMax + 3; ++i) {
    person.push(kOrigin, kOrigin, work_, out_);
  }
  EXPECT_EQ(said().size(), PushBook::kUnsettledMax);
  EXPECT_EQ(work_.tally.pushes_held_back, 3U);
}

TEST_F(PersonTest, InAClosedLoopEachAckBringsThePushAfterUntilTheWindowEnds) {
  plan_.in_flight = 2;
  Person& person = join(Scenario::concepts);
  for (int i = 0; i < 2; ++i) person.push(now_, now_, work_, out_);
  EXPECT_THAT(said(), ElementsAre("push 1 at 0", "push 2 at 0"));
  now_ = kOrigin + 3ms;
  ack(1);
  EXPECT_THAT(said(), ElementsAre("push 3 at 3000"));
  ack(1);  // settled already
  EXPECT_THAT(said(), IsEmpty());
  now_ = kOrigin + 10s;
  ack(2);
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_EQ(person.unsettled_pushes(), 1U);
}

TEST_F(PersonTest, C7InAClosedLoopARefusedPushComesAgainWithoutALaterOne) {
  plan_.in_flight = 1;
  Person& person = join(Scenario::concepts);
  person.push(now_, now_, work_, out_);
  said();
  Bytes error;
  append_error(error, ErrorCode::unavailable, "later", 1, 3);
  give_message(error);
  person.resend_if_due(now_ + 100ms, work_, out_);
  EXPECT_THAT(said(), IsEmpty());
  person.resend_if_due(now_ + 200ms, work_, out_);
  EXPECT_THAT(said(), ElementsAre("push 1 at 0"));
}

TEST_F(PersonTest, WhoMayNotPushStops) {
  Person& person = join(Scenario::concepts);
  person.push(kOrigin, kOrigin, work_, out_);
  Bytes detail;
  append_rejection(detail, ErrorCode::not_allowed, "The role is view.", 0);
  ack(1, AckOutcome::rejected, detail);
  said();
  person.push(kOrigin, kOrigin, work_, out_);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(PersonTest, AKeeperFurnishesStepByStep) {
  plan_.entities = 450;
  Person& keeper = come(Scenario::join, plan_.people_total());
  answer_upgrade();
  welcome(10);
  snapshot();
  for (std::uint64_t n = 11; n <= 13; ++n) {
    EXPECT_FALSE(keeper.has_furnished());
    EXPECT_THAT(said(), testing::Contains("push " + std::to_string(n) + " at 0"));
    ack(n);
  }
  EXPECT_TRUE(keeper.has_furnished());
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_EQ(work_.tally.joined, 0U);
}

TEST_F(PersonTest, AGoodbyeIsCountedByNameAndEndsTheSession) {
  Person& person = join();
  Bytes goodbye;
  append_goodbye(goodbye, CloseCode::slow, "Too slow.", {});
  append_cursors_head(goodbye, 0, 1);
  append_cursor_entry(goodbye, ActorId{8}, to_cursor(0));
  give_message(goodbye);
  EXPECT_EQ(person.state(), Person::State::over);
  EXPECT_EQ(work_.tally.goodbyes.of("slow"), 1U);
  EXPECT_EQ(work_.tally.lost.of("goodbye slow: Too slow."), 1U);
  EXPECT_EQ(work_.tally.moves_heard, 0U);
  give("more");
  person.move(kOrigin, work_, out_);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(PersonTest, ARefusedUpgradeIsToldInTheServersWords) {
  Person& person = come();
  out_.clear();
  give("HTTP/1.1 503 Service Unavailable\r\n\r\nThe instance is being stopped.\n");
  EXPECT_EQ(person.state(), Person::State::over);
  EXPECT_EQ(work_.tally.lost.of("HTTP 503: The instance is being stopped."), 1U);
}

TEST_F(PersonTest, WhatIsNoMessageEndsTheSession) {
  for (const Bytes& message : {Bytes("\xc1"), Bytes("\x91\xa1x"), Bytes("\x91\x01")}) {
    Person& person = join();
    give_message(message);
    EXPECT_EQ(person.state(), Person::State::over);
  }
  EXPECT_EQ(work_.tally.lost.of("The server sent what is no message."), 3U);
}

TEST_F(PersonTest, WhoLeavesClosesAndIsNotLost) {
  Person& person = join();
  person.leave(work_, out_);
  EXPECT_THAT(said(), ElementsAre("close 1000"));
  Bytes close;
  websocket::append_close_frame(close, 1000, "");
  give(close);
  EXPECT_EQ(person.state(), Person::State::over);
  EXPECT_EQ(work_.tally.lost.total(), 0U);
}

}  // namespace
}  // namespace weft::load
