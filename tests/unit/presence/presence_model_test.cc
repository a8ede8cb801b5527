// SPDX-License-Identifier: Apache-2.0
#include "presence/presence_room.h"
#include "unit/presence/presence_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <random>
#include <set>

namespace weft::presence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What a client knows of one person.
struct Seen {
  Json user;
  Json presence;
  std::string activity;
  bool operator==(const Seen&) const = default;
};
using Picture = std::map<std::uint64_t, Seen>;

/// A client: applies what it is sent, and fails the test when that makes no sense.
class Replica {
 public:
  explicit Replica(const Json& everyone) { apply(everyone); }

  void apply(const Json& batch) {
    std::set<std::uint64_t> joined;
    for (const Json& join : batch.value("join", Json::array())) {
      const auto actor = join.at(0).get<std::uint64_t>();
      joined.insert(actor);
      const auto known = picture_.find(actor);
      if (known != picture_.end()) {
        EXPECT_NE(known->second.user, join.at(1)) << "R7 joined twice: " << actor;
      }
      picture_[actor] = {join.at(1), join.at(2), join.at(3)};
    }
    for (const Json& update : batch.value("update", Json::array())) {
      Seen& seen = known(update.at(0));
      EXPECT_FALSE(update.at(1).empty());
      for (const auto& [key, value] : update.at(1).items()) {
        if (value.is_null()) {
          EXPECT_EQ(seen.presence.erase(key), 1U) << "R4 removed what was not there: " << key;
        } else {
          EXPECT_NE(seen.presence.value(key, Json()), value) << "R4 told again: " << key;
          seen.presence[key] = value;
        }
      }
    }
    for (const Json& change : batch.value("activity", Json::array())) {
      Seen& seen = known(change.at(0));
      EXPECT_NE(seen.activity, change.at(1).get<std::string>());
      seen.activity = change.at(1);
    }
    for (const Json& leave : batch.value("leave", Json::array())) {
      const auto actor = leave.at(0).get<std::uint64_t>();
      EXPECT_FALSE(joined.contains(actor)) << "R7 came and went: " << actor;
      EXPECT_EQ(picture_.erase(actor), 1U) << "R7 leave of somebody unknown: " << actor;
    }
  }

  [[nodiscard]] const Picture& picture() const { return picture_; }

 private:
  Seen& known(const Json& actor) {
    EXPECT_TRUE(picture_.contains(actor)) << "R7 news of somebody unknown: " << actor;
    return picture_.try_emplace(actor, Json::object(), Json::object(), "").first->second;
  }

  Picture picture_;
};

/// The truth by the plainest means: no batches, no deadlines, everybody looked at all the time.
struct ModelPerson {
  User user;
  Json presence = Json::object();
  bool away = false;
  Instant last_input;
  std::optional<Instant> lost_at;
};

class PresenceModel {
 public:
  PresenceModel(std::uint64_t seed, const PresenceConfig& config)
      : config_(config), room_(config), random_(seed) {}

  void run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      act();
      EXPECT_EQ(room_.size(), truth_.size());
      if (chance(3)) newcomers_.emplace_back(everyone_in(room_));
      if (chance(4)) tick();
    }
    tick();
    EXPECT_EQ(departures_, handed_over_) << "R16";
    EXPECT_GT(returns_, 0);
    EXPECT_GT(expiries_, 0);
  }

 private:
  static constexpr std::size_t kPeopleMax = 6;

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }
  std::uint64_t someone() {
    return std::next(truth_.begin(), static_cast<std::ptrdiff_t>(below(truth_.size())))->first;
  }

  Json some_patch() {
    Json patch = Json::object();
    for (std::uint64_t i = below(4); i > 0; --i) {
      const std::string key(1, static_cast<char>('a' + below(5)));
      switch (below(4)) {
        case 0:
          patch[key] = nullptr;
          break;
        case 1:
          patch[key] = Json{{"x", below(2)}};
          break;
        case 2:
          patch[key] = std::string(below(40), 'x');
          break;
        default:
          patch[key] = below(3);
          break;
      }
    }
    if (chance(5)) patch["away"] = chance(2);
    return patch;
  }

  /// Lays `patch` over `person` unless it is too large, as the rules say.
  bool merge(ModelPerson& person, Json patch) {
    const Json away = patch.value("away", Json());
    patch.erase("away");
    Json merged = person.presence;
    for (const auto& [key, value] : patch.items()) {
      if (value.is_null()) {
        merged.erase(key);
      } else {
        merged[key] = value;
      }
    }
    if (to_raw(merged).size() > config_.bytes_max) return false;
    person.presence = merged;
    if (away.is_boolean()) {
      if (person.away && !away.get<bool>()) person.last_input = now_;
      person.away = away.get<bool>();
    }
    return true;
  }

  void act() {
    switch (truth_.empty() ? 0 : below(10)) {
      case 0:
      case 1:
        return join();
      case 2:
      case 3:
      case 4:
        return patch(someone());
      case 5:
        return input(someone());
      case 6:
        return lose(someone());
      case 7:
        return come_back(someone());
      case 8:
        return leave(someone());
      default:
        return pass();
    }
  }

  void join() {
    if (truth_.size() == kPeopleMax) return;
    const std::uint64_t actor = next_actor_++;
    const Json presence = some_patch();
    const User user = {
        .id = "u" + std::to_string(below(4)), .name = "N", .color = "", .avatar = "a"};
    ModelPerson person{.user = user, .last_input = now_, .lost_at = {}};
    const bool fits = merge(person, presence);
    EXPECT_EQ(room_.join({actor}, "c", user, to_raw(presence), now_).has_value(), fits);
    if (fits) truth_[actor] = person;
  }

  void patch(std::uint64_t actor) {
    const Json patch = some_patch();
    ModelPerson& person = truth_[actor];
    const bool fits = merge(person, patch);
    if (fits) person.last_input = now_;
    EXPECT_EQ(room_.patch({actor}, to_raw(patch), now_).has_value(), fits);
  }

  void input(std::uint64_t actor) {
    truth_[actor].last_input = now_;
    room_.note_input({actor}, now_);
  }

  void lose(std::uint64_t actor) {
    if (!truth_[actor].lost_at) truth_[actor].lost_at = now_;
    room_.note_lost({actor}, now_);
  }

  void come_back(std::uint64_t actor) {
    const Json patch = some_patch();
    ModelPerson& person = truth_[actor];
    User user = person.user;
    if (chance(4)) user.name = "N" + std::to_string(below(2));
    const bool fits = merge(person, patch);
    if (fits) {
      if (person.lost_at) ++returns_;
      person.user = user;
      person.lost_at.reset();
    }
    EXPECT_EQ(room_.rejoin({actor}, user, to_raw(patch), now_).has_value(), fits);
  }

  void leave(std::uint64_t actor) {
    depart(actor);
    room_.leave({actor}, LeaveReason::left);
  }

  void depart(std::uint64_t actor) {
    departures_.insert({truth_[actor].user.id, truth_[actor].presence.dump()});
    truth_.erase(actor);
  }

  void pass() {
    now_ += milliseconds(below(2) == 0 ? below(300) : below(8000));
    std::vector<std::uint64_t> expired;
    for (const auto& [actor, person] : truth_) {
      if (person.lost_at && now_ - *person.lost_at >= config_.grace) expired.push_back(actor);
    }
    for (const std::uint64_t actor : expired) depart(actor);
    expiries_ += static_cast<int>(expired.size());
    // R18: a deadline that is too late would leave the room behind the truth.
    if (const auto due = room_.next_deadline(); due && *due <= now_) room_.advance(now_);
  }

  [[nodiscard]] Picture truth() const {
    Picture picture;
    for (const auto& [actor, person] : truth_) {
      Json user = {
          {"id", person.user.id}, {"name", person.user.name}, {"avatar", person.user.avatar}};
      const char* activity = person.away                                      ? "away"
                             : now_ - person.last_input >= config_.idle_after ? "idle"
                                                                              : "active";
      picture[actor] = {user, person.presence, activity};
    }
    return picture;
  }

  void tick() {
    replicas_.insert(replicas_.end(), newcomers_.begin(), newcomers_.end());
    newcomers_.clear();
    if (replicas_.size() > 4) replicas_.erase(replicas_.begin(), replicas_.end() - 4);
    if (room_.has_changes()) {
      const Json batch = take_changes(room_);
      EXPECT_FALSE(batch.empty());
      for (Replica& replica : replicas_) replica.apply(batch);
    }
    for (const Departed& departed : room_.take_departed()) {
      handed_over_.insert({departed.user.id, from_raw(departed.presence).dump()});
    }
    for (const Replica& replica : replicas_) EXPECT_TRUE(replica.picture() == truth()) << "R1";
    // Not always, so that newcomers also come before the message of this batch is encoded.
    if (chance(3)) {
      EXPECT_TRUE(Replica(everyone_in(room_)).picture() == truth()) << "R1";
    }
  }

  PresenceConfig config_;
  PresenceRoom room_;
  std::mt19937_64 random_;
  Instant now_ = Instant{} + seconds(1000);
  std::uint64_t next_actor_ = 1;
  std::map<std::uint64_t, ModelPerson> truth_;
  std::vector<Replica> replicas_;
  std::vector<Replica> newcomers_;  // get the next batch too
  std::multiset<std::pair<std::string, std::string>> departures_;
  std::multiset<std::pair<std::string, std::string>> handed_over_;
  int returns_ = 0;
  int expiries_ = 0;
};

class PresenceModelTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(PresenceModelTest, R1MessageAndBatchesTogetherAreAlwaysTheTruth) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  const PresenceConfig config{.grace = seconds(5), .idle_after = seconds(9), .bytes_max = 64};
  PresenceModel(GetParam(), config).run(600);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PresenceModelTest, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace weft::presence
