// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// Several instances that share a bus under test.
class BusForm {
 public:
  virtual ~BusForm() = default;
  static constexpr std::size_t kInstances = 3;
  virtual bus::Bus& instance(std::size_t index) = 0;
  /// Ends the instance; it is not used any more.
  virtual void stop(std::size_t index) = 0;
  /// Runs every shard until all that was published has arrived.
  virtual void settle() = 0;
};

struct BusFormMaker {
  std::string name;
  std::function<std::unique_ptr<BusForm>()> make;
};

/// One instance's room on any canvas: writes down what it is told, peers by their index.
class BusRecorder final : public bus::BusListener {
 public:
  explicit BusRecorder(std::function<std::string(bus::PeerId)> name_of)
      : name_of_(std::move(name_of)) {}

  void bus_ready(const CanvasId& canvas) override { note(told, "ready " + canvas); }
  void bus_peer_asks(const CanvasId& canvas, bus::PeerId peer) override {
    note(told, name_of_(peer) + " asks " + canvas);
  }
  void bus_received(const CanvasId& canvas, bus::PeerId peer, ByteView batch) override {
    EXPECT_NE(name_of_(peer), "nobody");
    note(received, canvas + " " + std::string(batch));
    senders.push_back(name_of_(peer));
  }
  void bus_peer_gone(const CanvasId& canvas, bus::PeerId peer, bus::PeerEnd how) override {
    const std::string word = how == bus::PeerEnd::left       ? " left "
                             : how == bus::PeerEnd::draining ? " drains "
                                                             : " dead ";
    note(told, name_of_(peer) + word + canvas);
  }
  std::vector<std::string> told;  // everything but batches
  std::vector<std::string> received;
  std::vector<std::string> senders;  // of `received`
  bool is_inside_call = false;

 private:
  void note(std::vector<std::string>& list, std::string line) {
    EXPECT_FALSE(is_inside_call);
    list.push_back(std::move(line));
  }
  std::function<std::string(bus::PeerId)> name_of_;
};

/// The promises of bus.h, for every form of it (docs/spec/store.md, B rules).
class BusContract : public testing::TestWithParam<BusFormMaker> {
 protected:
  BusContract() {
    for (std::size_t i = 0; i < BusForm::kInstances; ++i) {
      peers_.push_back(bus(i).self());
      rooms_.push_back(std::make_unique<BusRecorder>([this](bus::PeerId peer) {
        const auto at = std::ranges::find(peers_, peer);
        return at == peers_.end() ? "nobody" : std::to_string(at - peers_.begin());
      }));
    }
  }
  bus::Bus& bus(std::size_t index) { return form_->instance(index); }
  BusRecorder& room(std::size_t index) { return *rooms_[index]; }
  /// Calls into the bus; nobody may be told anything from inside.
  template <class Call>
  void call(Call call) {
    for (auto& room : rooms_) room->is_inside_call = true;
    call();
    for (auto& room : rooms_) room->is_inside_call = false;
  }
  void subscribe(std::size_t index, const CanvasId& canvas = "board") {
    call([&] { bus(index).subscribe(canvas, room(index)); });
  }
  void unsubscribe(std::size_t index, bus::PeerEnd how = bus::PeerEnd::left,
                   const CanvasId& canvas = "board") {
    call([&] { bus(index).unsubscribe(canvas, how); });
  }
  void publish(std::size_t index, const Bytes& batch, const CanvasId& canvas = "board") {
    call([&] { bus(index).publish(canvas, batch); });
  }

  std::vector<bus::PeerId> peers_;
  std::vector<std::unique_ptr<BusRecorder>> rooms_;
  std::unique_ptr<BusForm> form_ = GetParam().make();  // ends before the rooms
};

TEST_P(BusContract, B1BatchReachesEveryOtherSubscriberOnce) {
  for (std::size_t i = 0; i < BusForm::kInstances; ++i) subscribe(i);
  form_->settle();
  publish(0, std::string("a\0b", 3));
  form_->settle();
  EXPECT_THAT(room(0).received, testing::IsEmpty());
  EXPECT_THAT(room(1).received, testing::ElementsAre(std::string("board a\0b", 9)));
  EXPECT_THAT(room(2).received, testing::ElementsAre(std::string("board a\0b", 9)));
}

TEST_P(BusContract, B2BatchesOfOneSenderKeepTheirOrder) {
  subscribe(0);
  subscribe(1);
  form_->settle();
  for (int i = 0; i < 5; ++i) publish(0, std::to_string(i));
  form_->settle();
  EXPECT_THAT(room(1).received,
              testing::ElementsAre("board 0", "board 1", "board 2", "board 3", "board 4"));
}

TEST_P(BusContract, B3CanvasesAreApart) {
  subscribe(0, "board");
  subscribe(1, "board");
  subscribe(2, "other");
  form_->settle();
  publish(0, "x");
  form_->settle();
  EXPECT_EQ(room(1).received.size(), 1U);
  EXPECT_THAT(room(2).received, testing::IsEmpty());
}

TEST_P(BusContract, B4NothingComesAfterUnsubscribe) {
  subscribe(0);
  subscribe(1);
  form_->settle();
  publish(0, "under way");
  unsubscribe(1);
  publish(0, "later");
  form_->settle();
  EXPECT_THAT(room(1).received, testing::IsEmpty());
  unsubscribe(1, bus::PeerEnd::left, "never subscribed");
}

TEST_P(BusContract, B5PeersAreTheOtherSubscribers) {
  EXPECT_FALSE(bus(0).has_peers("board"));
  subscribe(0);
  form_->settle();
  EXPECT_FALSE(bus(0).has_peers("board"));
  subscribe(1);
  form_->settle();
  EXPECT_TRUE(bus(0).has_peers("board"));
  EXPECT_TRUE(bus(1).has_peers("board"));
  EXPECT_FALSE(bus(0).has_peers("other"));
  unsubscribe(1);
  form_->settle();
  EXPECT_FALSE(bus(0).has_peers("board"));
}

TEST_P(BusContract, B6InstanceThatEndsIsNoPeerAndGetsNothing) {
  subscribe(0);
  subscribe(1);
  form_->settle();
  publish(0, "under way");
  form_->stop(1);
  publish(0, "later");
  form_->settle();
  EXPECT_THAT(room(1).received, testing::IsEmpty());
  EXPECT_FALSE(bus(0).has_peers("board"));
}

TEST_P(BusContract, B7ReadyComesOnceSubscribedAndNothingIsMissedAfterIt) {
  subscribe(0);
  subscribe(1);
  form_->settle();
  EXPECT_THAT(room(0).told, testing::Contains("ready board").Times(1));
  EXPECT_THAT(room(1).told, testing::Contains("ready board").Times(1));
  publish(0, "x");
  form_->settle();
  EXPECT_THAT(room(1).received, testing::ElementsAre("board x"));
  EXPECT_THAT(room(1).senders, testing::ElementsAre("0"));
}

TEST_P(BusContract, B8WhoIsThereIsAskedByANewcomer) {
  subscribe(0);
  subscribe(1);
  form_->settle();
  room(0).told.clear();
  room(1).told.clear();
  subscribe(2);
  form_->settle();
  EXPECT_THAT(room(0).told, testing::ElementsAre("2 asks board"));
  EXPECT_THAT(room(1).told, testing::ElementsAre("2 asks board"));
  EXPECT_THAT(room(2).told, testing::Contains("ready board").Times(1)) << "perhaps asked, too";
  unsubscribe(2);
  subscribe(2);
  form_->settle();
  EXPECT_THAT(room(0).told, testing::Contains("2 asks board").Times(2)) << "as often as it comes";
}

TEST_P(BusContract, B9WhoEndsIsToldToThePeersWithTheWay) {
  for (std::size_t i = 0; i < BusForm::kInstances; ++i) subscribe(i);
  form_->settle();
  for (auto& one : rooms_) one->told.clear();
  publish(1, "last");
  unsubscribe(1, bus::PeerEnd::left);
  form_->settle();
  EXPECT_THAT(room(0).told, testing::ElementsAre("1 left board"));
  EXPECT_THAT(room(2).received, testing::ElementsAre("board last"));
  EXPECT_THAT(room(1).told, testing::IsEmpty());
  unsubscribe(2, bus::PeerEnd::draining);
  form_->settle();
  EXPECT_THAT(room(0).told, testing::ElementsAre("1 left board", "2 drains board"));
}

TEST_P(BusContract, B10WhoDiesIsToldToThePeersAsDead) {
  subscribe(0);
  subscribe(1);
  form_->settle();
  room(0).told.clear();
  form_->stop(1);
  form_->settle();
  EXPECT_THAT(room(0).told, testing::ElementsAre("1 dead board"));
}

TEST_P(BusContract, B11EveryInstanceIsAnotherPeer) {
  EXPECT_NE(bus(0).self(), bus(1).self());
  EXPECT_NE(bus(1).self(), bus(2).self());
  EXPECT_NE(bus(0).self(), bus(2).self());
}

}  // namespace weft::test
