// SPDX-License-Identifier: Apache-2.0
// Clients that push for as long as Redis is disturbed in every way at random. In the end everybody
// has one document, and in it is everything that was acknowledged to anybody.
#include "contract/store_forms.h"
#include "redis_log_fixture.h"

#include <cstdlib>
#include <random>
#include <set>

namespace weft::test {
namespace {

/// One client: numbers its pushes, sends the next when the last is acknowledged, and sends again
/// what was refused as unavailable or whose answer did not come.
class Writer {
 public:
  Writer(std::string name, Site& site) : name_(std::move(name)), site_(&site) {}

  void step() {
    if (!site_->room.is_open) return;
    const bool is_void = site_->room.resets + site_->room.opens != lives_;
    lives_ = site_->room.resets + site_->room.opens;
    for (; read_ < site_->room.refusals.size(); ++read_) {
      const std::string& refusal = site_->room.refusals[read_];
      const std::string mine = " " + name_ + ":" + std::to_string(n_);
      if (!refusal.ends_with(mine)) continue;
      if (refusal.starts_with("unavailable")) is_sent_ = false;
      if (refusal.starts_with("duplicate")) acknowledge();
      EXPECT_FALSE(refusal.starts_with("out_of_order")) << refusal;
      EXPECT_FALSE(refusal.starts_with("not_owner")) << refusal;
    }
    if (n_ > 0 && !is_acknowledged_) {
      const auto mark = site_->instance.log->client("board", name_);
      if (mark && mark->n >= n_) acknowledge();
    }
    if (n_ > 0 && !is_acknowledged_ && (is_void || !is_sent_)) return send();
    if (is_acknowledged_ && wants_more) {
      ++n_;
      is_acknowledged_ = false;
      send();
    }
  }
  [[nodiscard]] bool is_settled() const { return is_acknowledged_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return is_acknowledged_ ? n_ : n_ - 1; }
  [[nodiscard]] const std::string& name() const { return name_; }

  bool wants_more = true;

 private:
  void acknowledge() { is_acknowledged_ = true; }
  void send() {
    is_sent_ = true;
    site_->push(name_, n_);
  }

  std::string name_;
  Site* site_;
  std::uint64_t n_ = 0;
  bool is_acknowledged_ = true;
  bool is_sent_ = false;
  int lives_ = 1;
  std::size_t read_ = 0;
};

class RedisLogChaos : public RedisLogTest, public testing::WithParamInterface<std::uint64_t> {
 protected:
  ~RedisLogChaos() override { sites.clear(); }

  void disturb() {
    switch (random() % 12) {
      case 0:
      case 1:
        server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
        break;
      case 2:
      case 3:
        server.command({"CLIENT", "KILL", "TYPE", "normal"});
        break;
      case 4:
        server.command({"FLUSHALL"});
        break;
      case 5:
        server.command({"SAVE"});
        break;
      case 6:
        server.restart();
        break;
      case 7:
        server.pause();
        is_paused = true;
        break;
      case 8:
        frozen = sites[random() % sites.size()].get();
        break;
      case 9:
        server.command({"CONFIG", "SET", "maxmemory", "1"});
        break;
      case 10:
      case 11: {
        Site& site = *sites[random() % sites.size()];
        if (site.room.is_open) site.save_snapshot();
        break;
      }
    }
  }
  void calm() {
    if (is_paused) server.resume();
    is_paused = false;
    frozen = nullptr;
    server.command({"CONFIG", "SET", "maxmemory", "0"});
  }

  std::mt19937_64 random{GetParam()};
  std::unique_ptr<StoreForm> store;
  bool is_paused = false;
};

TEST_P(RedisLogChaos, L26NothingAcknowledgedIsLostWhileAnInstanceRemembersIt) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  if (GetParam() % 3 == 1) {
    store = std::make_unique<MemoryForm>(store::MemoryStore::Completion::by_thread);
  }
  if (GetParam() % 3 == 2) store = std::make_unique<PostgresForm>();
  if (store) archive = &store->store();
  acks_from_archive = GetParam() % 3 == 2;
  server.restart({"--repl-diskless-load", "disabled"});
  for (const char* name : {"a", "b", "c"}) open(name);
  std::vector<Writer> writers;
  for (int i = 0; i < 6; ++i) {
    writers.emplace_back("w" + std::to_string(i), *sites[static_cast<std::size_t>(i) % 3]);
  }
  const auto write_for = [&](std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    run_until(
        [&] {
          for (Writer& writer : writers) writer.step();
          return std::chrono::steady_clock::now() >= end;
        },
        "time");
  };
  const int rounds =
      std::getenv("WEFT_CHAOS_ROUNDS") ? std::atoi(std::getenv("WEFT_CHAOS_ROUNDS")) : 12;
  for (int round = 0; round < rounds; ++round) {
    write_for(std::chrono::milliseconds(random() % 60));
    disturb();
    write_for(std::chrono::milliseconds(random() % 300));
    calm();
  }
  for (Writer& writer : writers) writer.wants_more = false;
  run_until(
      [&] {
        for (Writer& writer : writers) writer.step();
        return std::ranges::all_of(writers, &Writer::is_settled);
      },
      "every push answered", 30s);
  std::size_t count = 0;
  for (const Writer& writer : writers) count += writer.acknowledged();
  EXPECT_GT(count, static_cast<std::size_t>(rounds)) << "a quiet run shows nothing";
  expect_all_have(count);
  RecordProperty("pushes", static_cast<int>(count));
  RecordProperty("resets", sites[0]->room.resets + sites[1]->room.resets + sites[2]->room.resets);
  RecordProperty("epochs", sites[0]->room.epoch_changes);
  for (const auto& site : sites) {
    for (const Writer& writer : writers) {
      std::uint64_t n = 0;
      for (std::uint64_t i = 1; i <= writer.acknowledged(); ++i) {
        n += site->room.has(writer.name() + ":" + std::to_string(i)) ? 1 : 0;
      }
      EXPECT_EQ(n, writer.acknowledged()) << writer.name();
    }
  }
  Site& late = open("late");
  EXPECT_EQ(late.room.document, sites[0]->room.document);
}

std::uint64_t seeds() {
  const char* wanted = std::getenv("WEFT_CHAOS_SEEDS");
  return wanted == nullptr ? 6 : std::strtoull(wanted, nullptr, 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RedisLogChaos, testing::Range<std::uint64_t>(1, 1 + seeds()));

}  // namespace
}  // namespace weft::test
