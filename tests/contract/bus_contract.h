// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
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

class BusRecorder final : public bus::BusListener {
 public:
  void bus_received(const CanvasId& canvas, ByteView batch) override {
    EXPECT_FALSE(is_inside_call);
    received.push_back(canvas + " " + std::string(batch));
  }
  std::vector<std::string> received;
  bool is_inside_call = false;
};

/// The promises of bus.h, for every form of it (docs/spec/store.md, B rules).
class BusContract : public testing::TestWithParam<BusFormMaker> {
 protected:
  bus::Bus& bus(std::size_t index) { return form_->instance(index); }
  void subscribe(std::size_t index, const CanvasId& canvas = "board") {
    bus(index).subscribe(canvas, rooms_[index]);
  }
  void publish(std::size_t index, const Bytes& batch, const CanvasId& canvas = "board") {
    for (auto& room : rooms_) room.is_inside_call = true;
    bus(index).publish(canvas, batch);
    for (auto& room : rooms_) room.is_inside_call = false;
  }

  BusRecorder rooms_[BusForm::kInstances];
  std::unique_ptr<BusForm> form_ = GetParam().make();
};

TEST_P(BusContract, B1BatchReachesEveryOtherSubscriberOnce) {
  for (std::size_t i = 0; i < BusForm::kInstances; ++i) subscribe(i);
  publish(0, std::string("a\0b", 3));
  form_->settle();
  EXPECT_THAT(rooms_[0].received, testing::IsEmpty());
  EXPECT_THAT(rooms_[1].received, testing::ElementsAre(std::string("board a\0b", 9)));
  EXPECT_THAT(rooms_[2].received, testing::ElementsAre(std::string("board a\0b", 9)));
}

TEST_P(BusContract, B2BatchesOfOneSenderKeepTheirOrder) {
  subscribe(0);
  subscribe(1);
  for (int i = 0; i < 5; ++i) publish(0, std::to_string(i));
  form_->settle();
  EXPECT_THAT(rooms_[1].received,
              testing::ElementsAre("board 0", "board 1", "board 2", "board 3", "board 4"));
}

TEST_P(BusContract, B3CanvasesAreApart) {
  subscribe(0, "board");
  subscribe(1, "board");
  subscribe(2, "other");
  publish(0, "x");
  form_->settle();
  EXPECT_EQ(rooms_[1].received.size(), 1U);
  EXPECT_THAT(rooms_[2].received, testing::IsEmpty());
}

TEST_P(BusContract, B4NothingComesAfterUnsubscribe) {
  subscribe(0);
  subscribe(1);
  publish(0, "under way");
  bus(1).unsubscribe("board");
  publish(0, "later");
  form_->settle();
  EXPECT_THAT(rooms_[1].received, testing::IsEmpty());
  bus(1).unsubscribe("never subscribed");
}

TEST_P(BusContract, B5PeersAreTheOtherSubscribers) {
  EXPECT_FALSE(bus(0).has_peers("board"));
  subscribe(0);
  form_->settle();
  EXPECT_FALSE(bus(0).has_peers("board"));
  subscribe(1);
  form_->settle();
  EXPECT_TRUE(bus(0).has_peers("board"));
  EXPECT_TRUE(bus(2).has_peers("board"));
  EXPECT_FALSE(bus(0).has_peers("other"));
  bus(1).unsubscribe("board");
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
  EXPECT_THAT(rooms_[1].received, testing::IsEmpty());
  EXPECT_FALSE(bus(0).has_peers("board"));
}

}  // namespace weft::test
