// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_store.h"

#include "support/postgres_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weft::test {
namespace {

using namespace std::chrono_literals;
using store::Kept;
using store::LogRow;
using store::PostgresOptions;
using store::PostgresStore;
using store::StoredCanvas;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kEpoch = 0xfeed'face'cafe'beefU;

LogRow row(std::uint64_t seq, std::size_t padding = 0) {
  return {.seq = seq, .sum = seq * 31, .push = std::to_string(seq) + std::string(padding, 'x')};
}
store::SnapshotRow snapshot(std::uint64_t seq) {
  return {.seq = seq, .sum = ~seq, .state = "state " + std::to_string(seq)};
}

/// What the store said, for whoever waits for it. Every wait ends with the test's patience.
class Answers {
 public:
  using Row = std::pair<CanvasId, std::uint64_t>;

  void add(const CanvasId& canvas, std::uint64_t seq, Kept kept) {
    change([&] {
      auto& rows = kept == Kept::committed ? acked_ : kept == Kept::outdated ? outdated_ : damaged_;
      rows.emplace_back(canvas, seq);
    });
  }
  void tell(const std::string& sentence) {
    change([&] { sentences_.push_back(sentence); });
  }
  void note_event() {
    change([&] { ++events_; });
  }
  [[nodiscard]] bool wait_for_acks(std::size_t count) {
    return wait([&] { return acked_.size() >= count; });
  }
  [[nodiscard]] bool wait_for_answers(std::size_t count) {
    return wait([&] { return acked_.size() + outdated_.size() >= count; });
  }
  [[nodiscard]] bool wait_for_events(int count) {
    return wait([&] { return events_ >= count; });
  }
  [[nodiscard]] bool wait_for_sentence(const std::string& part) {
    return wait([&] { return has(part); });
  }
  [[nodiscard]] bool heard(const std::string& part) {
    std::lock_guard lock(mutex_);
    return has(part);
  }
  std::vector<std::string> sentences() {
    std::lock_guard lock(mutex_);
    return sentences_;
  }
  std::vector<Row> acked() {
    std::lock_guard lock(mutex_);
    return acked_;
  }
  std::vector<Row> outdated() {
    std::lock_guard lock(mutex_);
    return outdated_;
  }
  std::vector<Row> damaged() {
    std::lock_guard lock(mutex_);
    return damaged_;
  }

 private:
  template <class Change>
  void change(Change what) {
    std::lock_guard lock(mutex_);
    what();
    changed_.notify_all();
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, condition);
  }
  bool has(const std::string& part) const {
    return std::ranges::any_of(sentences_, [&](const std::string& sentence) {
      return sentence.find(part) != std::string::npos;
    });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Row> acked_;
  std::vector<Row> outdated_;
  std::vector<Row> damaged_;
  std::vector<std::string> sentences_;
  int events_ = 0;
};

PostgresOptions quick_options(Answers& answers) {
  PostgresOptions options;
  options.on_fatal = [&answers](const std::string& sentence) {
    answers.tell("fatal: " + sentence);
  };
  options.on_notice = [&answers](const std::string& sentence) { answers.tell(sentence); };
  options.on_damage = [&answers](const std::string& sentence) {
    answers.tell("damage: " + sentence);
  };
  options.retry_min = options.retry_max = 10ms;
  return options;
}

std::unique_ptr<PostgresStore> open(const std::string& url, PostgresOptions options) {
  auto opened = PostgresStore::open(url, std::move(options));
  if (!opened) throw std::runtime_error(opened.error().detail);
  return std::move(*opened);
}

std::string refusal(const std::string& url) {
  PostgresOptions options;
  options.connect_deadline = 2s;
  auto opened = PostgresStore::open(url, options);
  EXPECT_FALSE(opened.has_value());
  return opened ? "" : opened.error().detail;
}

void append(PostgresStore& store, Answers& answers, std::uint64_t seq,
            const CanvasId& canvas = "board", std::uint64_t epoch = kEpoch,
            std::size_t padding = 0) {
  store.append(canvas, epoch, row(seq, padding),
               [&answers, canvas, seq](Kept kept) { answers.add(canvas, seq, kept); });
}

bool flush(PostgresStore& store) {
  return store.flush(std::chrono::steady_clock::now() + 60s);
}

Result<StoredCanvas, store::StoreError> try_load(PostgresStore& store,
                                                 const CanvasId& canvas = "board",
                                                 std::uint64_t fresh_epoch = kEpoch) {
  Result<StoredCanvas, store::StoreError> answer;
  store.load(canvas, fresh_epoch, 10, [&](auto result) { answer = std::move(result); });
  EXPECT_TRUE(flush(store));
  return answer;
}

StoredCanvas load(PostgresStore& store, const CanvasId& canvas = "board",
                  std::uint64_t fresh_epoch = kEpoch) {
  auto answer = try_load(store, canvas, fresh_epoch);
  EXPECT_TRUE(answer.has_value()) << answer.error().detail;
  return answer.value_or(StoredCanvas{});
}

/// The log begins at 1, has no hole, and every row is as it was handed over.
void expect_rows(const StoredCanvas& canvas, std::uint64_t at_least, std::size_t padding = 0) {
  std::uint64_t head = 0;
  for (const LogRow& kept : canvas.log) {
    ASSERT_EQ(kept.seq, ++head);
    ASSERT_EQ(kept.push, row(head, padding).push);
    ASSERT_EQ(kept.sum, row(head).sum);
  }
  EXPECT_GE(head, at_least);
}

bool start_over(PostgresStore& store, std::uint64_t before, std::uint64_t epoch,
                std::uint64_t base) {
  std::optional<bool> answer;
  store.start_over("board", before, epoch, snapshot(base),
                   [&](bool is_under) { answer = is_under; });
  EXPECT_TRUE(flush(store));
  return answer.value_or(false);
}

/// A session of somebody else.
class Session {
 public:
  explicit Session(const std::string& url) : connection_(PQconnectdb(url.c_str()), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
  }
  bool run(const char* sql) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection_.get(), sql),
                                                                PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  }
  [[nodiscard]] std::string pid() const { return std::to_string(PQbackendPID(connection_.get())); }

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

/// A database of its own on the server that all tests of the program share.
class PostgresStoreTest : public testing::Test {
 protected:
  ~PostgresStoreTest() override { server_.drop_database(database_); }

  std::unique_ptr<PostgresStore> open_store() { return open(url(), quick_options(answers_)); }
  [[nodiscard]] std::string url() const { return server_.url(database_); }
  std::string sql(const std::string& statement) { return server_.execute(database_, statement); }
  /// Circles that PostgreSQL had to break. Sessions report theirs when they end.
  std::string deadlocks() {
    EXPECT_TRUE(wait_until_sql_says(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()", "1"));
    return sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  }
  /// Asks until the statement answers so.
  bool wait_until_sql_says(const std::string& statement, const std::string& expected) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (sql(statement) != expected) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }

  PostgresServer& server_ = PostgresServer::shared();
  const std::string database_ = server_.make_database();
  Answers answers_;
};

// The schema, and databases that are refused

TEST_F(PostgresStoreTest, T24TenInstancesThatStartTogetherMakeOneSchema) {
  std::vector<std::unique_ptr<PostgresStore>> stores(10);
  std::vector<std::jthread> racers;
  for (auto& store : stores) {
    racers.emplace_back([&store, this] {
      try {
        store = open_store();
      } catch (const std::exception& error) {
        answers_.tell(error.what());
      }
    });
  }
  racers.clear();
  for (auto& store : stores) {
    ASSERT_NE(store, nullptr) << testing::PrintToString(answers_.sentences());
    append(*store, answers_, 1);
    load(*store);
  }
  EXPECT_EQ(sql("SELECT version FROM weft.version"), "1");
}

TEST_F(PostgresStoreTest, T24NewerSchemaIsRefusedAndLeftAsItIs) {
  open_store();
  sql("UPDATE weft.version SET version = 2");
  EXPECT_THAT(refusal(url()), AllOf(HasSubstr("version 2"), HasSubstr("knows 1"),
                                    HasSubstr("or a newer one"), HasSubstr(database_)));
  EXPECT_EQ(sql("SELECT version FROM weft.version"), "2");
  sql("DELETE FROM weft.version");
  EXPECT_THAT(refusal(url()), HasSubstr("weft.version does not hold one row"));
}

TEST_F(PostgresStoreTest, T24RoleThatMayNotMakeTheSchemaIsToldWhatItNeeds) {
  sql("CREATE ROLE guest LOGIN PASSWORD 'hush-hush'");
  const std::string guest = server_.url(database_, "guest", "hush-hush");
  EXPECT_THAT(refusal(guest),
              AllOf(HasSubstr("role guest may not make the schema"),
                    HasSubstr("GRANT CREATE ON DATABASE " + database_ + " TO guest"),
                    Not(HasSubstr("hush-hush"))));
  // Made by somebody else, it can be used without the right to make it.
  open_store();
  EXPECT_THAT(refusal(guest),
              AllOf(HasSubstr("GRANT ALL ON SCHEMA weft"), Not(HasSubstr("hush-hush"))));
  sql("GRANT USAGE ON SCHEMA weft TO guest; "
      "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA weft TO guest");
  {
    auto store = open(guest, quick_options(answers_));
    load(*store);
    append(*store, answers_, 1);
    EXPECT_EQ(load(*store).log.size(), 1U);
  }
  sql("DROP OWNED BY guest; DROP ROLE guest");
}

TEST_F(PostgresStoreTest, T24WrongPasswordAndMissingDatabaseSayWhatToDo) {
  EXPECT_THAT(refusal(server_.url(database_, "admin", "open-sesame")),
              AllOf(HasSubstr("refuses the role admin"), HasSubstr("check user and password"),
                    Not(HasSubstr("open-sesame"))));
  EXPECT_THAT(refusal(server_.url("nowhere")),
              AllOf(HasSubstr("CREATE DATABASE nowhere"), Not(HasSubstr("horse"))));
  EXPECT_THAT(refusal("postgresql://ann:open-sesame@127.0.0.1:1/x"),
              AllOf(HasSubstr("PostgreSQL at 127.0.0.1:1, database x cannot be used"),
                    HasSubstr("onnection refused"), Not(HasSubstr("open-sesame"))));
  for (const char* unreadable : {"postgresql://ann:open-sesame@[::1/x", "ann open-sesame",
                                 "postgresql://ann:open-sesame@host/x?nonsense=1"}) {
    EXPECT_THAT(refusal(unreadable), AllOf(HasSubstr("The PostgreSQL URL cannot be read"),
                                           Not(HasSubstr("open-sesame"))));
  }
}

TEST_F(PostgresStoreTest, T24EncodingThatCannotHoldEveryNameIsRefused) {
  server_.execute("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  EXPECT_THAT(refusal(server_.url("latin")), AllOf(HasSubstr("LATIN1"), HasSubstr("UTF8")));
  server_.drop_database("latin");
}

TEST_F(PostgresStoreTest, T31SettingsThatWeakenThePromiseAreToldLoudly) {
  sql("ALTER DATABASE " + database_ + " SET synchronous_commit = off");
  open_store();
  EXPECT_TRUE(answers_.heard("has synchronous_commit off"));
  EXPECT_TRUE(answers_.heard("has fsync off")) << "as the tests' server has";
  EXPECT_FALSE(answers_.heard("full_page_writes"));
}

TEST_F(PostgresStoreTest, T31CommitsAreSynchronousWhateverTheDatabaseSays) {
  sql("ALTER DATABASE " + database_ + " SET synchronous_commit = off");
  auto store = open_store();
  load(*store);
  sql("CREATE FUNCTION how() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "NEW.push := convert_to(current_setting('synchronous_commit'), 'UTF8'); RETURN NEW; END $$; "
      "CREATE TRIGGER how BEFORE INSERT ON weft.log FOR EACH ROW EXECUTE FUNCTION how()");
  append(*store, answers_, 1);
  EXPECT_EQ(load(*store).log.at(0).push, "on");
  server_.throw_out(database_);
  append(*store, answers_, 2);
  ASSERT_TRUE(answers_.wait_for_acks(2)) << "after it has come back";
  EXPECT_EQ(load(*store).log.at(1).push, "on");
}

// Several instances

TEST_F(PostgresStoreTest, T25TenInstancesThatLoadTogetherMakeOneCanvas) {
  std::vector<std::unique_ptr<PostgresStore>> stores;
  for (int i = 0; i < 10; ++i) stores.push_back(open_store());
  constexpr int kCanvases = 20;
  std::mutex mutex;
  std::map<CanvasId, std::set<std::uint64_t>> epochs;
  std::map<CanvasId, std::set<std::uint64_t>> actors;
  std::uint64_t fresh_epoch = 100;
  for (int i = 0; i < kCanvases; ++i) {
    const CanvasId canvas = "board" + std::to_string(i);
    for (auto& store : stores) {
      store->load(canvas, ++fresh_epoch, 10, [&, canvas](auto result) {
        std::lock_guard lock(mutex);
        ASSERT_TRUE(result.has_value()) << result.error().detail;
        epochs[canvas].insert(result->epoch);
        for (auto actor = result->first_actor; actor < result->end_actor; ++actor) {
          EXPECT_TRUE(actors[canvas].insert(actor).second) << actor;
        }
      });
    }
  }
  for (auto& store : stores) ASSERT_TRUE(flush(*store));
  ASSERT_EQ(epochs.size(), kCanvases);
  for (const auto& [canvas, seen] : epochs) {
    EXPECT_EQ(seen.size(), 1U) << canvas;
    EXPECT_EQ(actors[canvas].size(), 100U);
    EXPECT_EQ(*actors[canvas].begin(), 1U);
  }
}

TEST_F(PostgresStoreTest, T26InstancesMayWriteTheSameRowsAtOnceInAnyOrderOfCanvases) {
  constexpr int kInstances = 4;
  constexpr std::uint64_t kRows = 100;
  std::vector<std::unique_ptr<PostgresStore>> stores;
  Answers answers[kInstances];
  for (auto& mine : answers) stores.push_back(open(url(), quick_options(mine)));
  std::vector<CanvasId> canvases;
  for (int i = 0; i < 10; ++i) canvases.push_back("board" + std::to_string(i));
  for (const CanvasId& canvas : canvases) load(*stores[0], canvas);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kInstances; ++i) {
      threads.emplace_back([&, i] {
        std::mt19937 random(static_cast<unsigned>(i));
        for (std::uint64_t seq = 1; seq <= kRows; ++seq) {
          auto order = canvases;
          std::ranges::shuffle(order, random);
          for (const CanvasId& canvas : order) {
            append(*stores[static_cast<std::size_t>(i)], answers[i], seq, canvas);
          }
          if (seq % 40 == 0) {
            const auto& canvas = order.front();
            stores[static_cast<std::size_t>(i)]->save_last_seen(
                canvas, {"ann", "Ann", static_cast<WallMs>(seq), "\x80"});
          }
          if (seq % 7 == 0) flush(*stores[static_cast<std::size_t>(i)]);
        }
      });
    }
  }
  for (auto& mine : answers) {
    EXPECT_TRUE(mine.wait_for_acks(kRows * canvases.size()));
    EXPECT_FALSE(mine.heard("cannot be written")) << testing::PrintToString(mine.sentences());
    EXPECT_FALSE(mine.heard("damage: ")) << testing::PrintToString(mine.sentences());
  }
  for (const CanvasId& canvas : canvases) {
    const StoredCanvas stored = load(*stores[0], canvas);
    expect_rows(stored, kRows);
    EXPECT_EQ(stored.log.size(), kRows);
  }
  stores.clear();
  EXPECT_EQ(deadlocks(), "0");
}

TEST_F(PostgresStoreTest, T26LoadBesideAWriterSeesOneMoment) {
  auto writer = open_store();
  auto reader = open_store();
  load(*writer);
  std::jthread writing([&](const std::stop_token& stop) {
    for (std::uint64_t seq = 1; !stop.stop_requested(); ++seq) {
      append(*writer, answers_, seq);
      if (seq % 5 == 0) writer->save_snapshot("board", kEpoch, snapshot(seq));
      if (seq % 3 == 0) flush(*writer);
    }
  });
  for (int i = 0; i < 100; ++i) {
    const StoredCanvas seen = load(*reader);
    std::uint64_t head = seen.snapshots.size() == 2 ? seen.snapshots[0].seq : 0;
    for (const LogRow& kept : seen.log) ASSERT_EQ(kept.seq, ++head);
    if (!seen.snapshots.empty()) {
      ASSERT_LE(seen.snapshots.back().seq, head);
    }
  }
}

TEST_F(PostgresStoreTest, T23StartingOverShutsOutTheOtherInstance) {
  auto mine = open_store();
  auto theirs = open_store();
  load(*mine);
  append(*mine, answers_, 1);
  ASSERT_TRUE(answers_.wait_for_answers(1));
  EXPECT_EQ(load(*theirs).log.size(), 1U);
  EXPECT_TRUE(start_over(*theirs, kEpoch, 7, 1));
  append(*mine, answers_, 2);
  mine->save_snapshot("board", kEpoch, snapshot(2));
  ASSERT_TRUE(flush(*mine));
  EXPECT_THAT(answers_.outdated(), ElementsAre(Answers::Row("board", 2)));
  append(*theirs, answers_, 2, "board", 7);
  ASSERT_TRUE(flush(*theirs));
  const StoredCanvas canvas = load(*mine);
  EXPECT_EQ(canvas.epoch, 7U);
  ASSERT_EQ(canvas.snapshots.size(), 1U);
  EXPECT_EQ(canvas.snapshots[0].seq, 1U);
  EXPECT_EQ(canvas.log.size(), 1U);
  EXPECT_FALSE(start_over(*mine, kEpoch, 8, 1)) << "too late";
  EXPECT_TRUE(start_over(*mine, kEpoch, 7, 1)) << "the same one again";
}

TEST_F(PostgresStoreTest, T23OneOfManyThatStartOverWins) {
  std::vector<std::unique_ptr<PostgresStore>> stores;
  for (int i = 0; i < 6; ++i) stores.push_back(open_store());
  load(*stores[0]);
  std::mutex mutex;
  std::vector<std::uint64_t> winners;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    stores[i]->start_over("board", kEpoch, i + 1, snapshot(i + 1), [&, i](bool is_under) {
      std::lock_guard lock(mutex);
      if (is_under) winners.push_back(i + 1);
    });
  }
  for (auto& store : stores) ASSERT_TRUE(flush(*store));
  ASSERT_EQ(winners.size(), 1U);
  const StoredCanvas canvas = load(*stores[0]);
  EXPECT_EQ(canvas.epoch, winners[0]);
  EXPECT_EQ(canvas.snapshots.at(0).seq, winners[0]);
}

TEST_F(PostgresStoreTest, T23HugeLogIsDeletedInPieces) {
  auto store = open_store();
  load(*store);
  const std::string fill =
      "INSERT INTO weft.log(canvas, seq, sum, push) "
      "SELECT id, n, 1, 'x' FROM weft.canvases, generate_series(1, 2500) AS n";
  sql(fill);
  sql("CREATE FUNCTION weft.refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF (SELECT count(*) FROM gone) > 1000 THEN RAISE 'too many' USING ERRCODE = '57014'; "
      "END IF; RETURN NULL; END $$");
  sql("CREATE TRIGGER few AFTER DELETE ON weft.log REFERENCING OLD TABLE AS gone "
      "FOR EACH STATEMENT EXECUTE FUNCTION weft.refuse_many()");
  std::atomic<bool> is_over = false;
  store->start_over("board", kEpoch, 7, snapshot(2500), [&](bool done) { is_over = done; });
  EXPECT_TRUE(store->flush(std::chrono::steady_clock::now() + 20s)) << "it is tried for ever";
  EXPECT_TRUE(is_over);
  EXPECT_EQ(sql("SELECT count(*) FROM weft.log"), "0");
  sql(fill);
  store->save_snapshot("board", 7, snapshot(2501));
  EXPECT_TRUE(store->flush(std::chrono::steady_clock::now() + 20s)) << "it is tried for ever";
  EXPECT_EQ(sql("SELECT count(*) FROM weft.log"), "0") << "trimmed";
}

TEST_F(PostgresStoreTest, T27AnotherRowAtTheSameSeqIsToldAndAnsweredAsDamage) {
  auto store = open_store();
  load(*store);
  append(*store, answers_, 1);
  append(*store, answers_, 2);
  ASSERT_TRUE(answers_.wait_for_acks(2));
  store->append("board", kEpoch, {.seq = 2, .sum = row(2).sum, .push = "other bytes"},
                [&](Kept kept) { answers_.add("other bytes", 2, kept); });
  store->append("board", kEpoch, {.seq = 1, .sum = 7, .push = row(1).push},
                [&](Kept kept) { answers_.add("other sum", 1, kept); });
  append(*store, answers_, 3);
  ASSERT_TRUE(flush(*store));
  EXPECT_THAT(answers_.acked(), ElementsAre(Answers::Row("board", 1), Answers::Row("board", 2),
                                            Answers::Row("board", 3)));
  EXPECT_THAT(answers_.damaged(),
              ElementsAre(Answers::Row("other bytes", 2), Answers::Row("other sum", 1)));
  EXPECT_TRUE(answers_.heard("damage: Canvas board has another entry at seq 2"));
  EXPECT_TRUE(answers_.heard("damage: Canvas board has another entry at seq 1"));
  EXPECT_TRUE(store->is_available());
  expect_rows(load(*store), 3);
}

TEST_F(PostgresStoreTest, T28CanvasThatIsGoneHasNoEpoch) {
  auto store = open_store();
  load(*store);
  append(*store, answers_, 1);
  ASSERT_TRUE(answers_.wait_for_acks(1));
  sql("DELETE FROM weft.canvases");
  append(*store, answers_, 2);
  EXPECT_FALSE(start_over(*store, kEpoch, 7, 1));
  EXPECT_THAT(answers_.outdated(), ElementsAre(Answers::Row("board", 2)));
  bool is_refused = false;
  store->reserve_actors("board", 1, [&](auto result) { is_refused = !result.has_value(); });
  ASSERT_TRUE(flush(*store));
  EXPECT_TRUE(is_refused);
  EXPECT_EQ(load(*store, "board", 9).epoch, 9U);
}

TEST_F(PostgresStoreTest, T28SchemaThatIsGoneIsNotMadeAgainSilently) {
  auto store = open_store();
  load(*store);
  sql("DROP SCHEMA weft CASCADE");
  append(*store, answers_, 1);
  ASSERT_TRUE(answers_.wait_for_sentence("cannot be written"));
  EXPECT_FALSE(store->is_available());
  EXPECT_EQ(sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'weft'"), "0");
  open_store();  // somebody starts, and begins with an empty one
  ASSERT_TRUE(answers_.wait_for_answers(1));
  EXPECT_THAT(answers_.outdated(), ElementsAre(Answers::Row("board", 1)));
}

TEST_F(PostgresStoreTest, T16WhatPostgresWillNeverTakeStops) {
  auto store = open_store();
  load(*store);
  append(*store, answers_, 1);
  ASSERT_TRUE(answers_.wait_for_acks(1));
  store->save_last_seen("board", {std::string("a\0b", 3), "Name", 1, "\x80"});
  append(*store, answers_, 2);
  ASSERT_TRUE(answers_.wait_for_sentence("fatal: "));
  EXPECT_TRUE(answers_.heard("now or later: the server stops"));
  EXPECT_FALSE(store->is_available());
}

// A connection that is cut

TEST_F(PostgresStoreTest, T29ConnectionsThatAreCutAllTheTimeLoseAndDoubleNothing) {
  auto store = open_store();
  load(*store);
  constexpr std::uint64_t kRows = 2'000;
  std::jthread cutting([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      server_.throw_out(database_);
      std::this_thread::sleep_for(20ms);
    }
  });
  for (std::uint64_t seq = 1; seq <= kRows; ++seq) {
    append(*store, answers_, seq);
    if (seq % 4 == 0) flush(*store);
  }
  ASSERT_TRUE(answers_.wait_for_acks(kRows));
  cutting = {};
  EXPECT_TRUE(answers_.heard("can be written again"));
  std::uint64_t expected = 0;
  for (const auto& [canvas, seq] : answers_.acked()) ASSERT_EQ(seq, ++expected);
  auto fresh = open_store();
  const StoredCanvas canvas = load(*fresh);
  expect_rows(canvas, kRows);
  EXPECT_EQ(canvas.log.size(), kRows);
}

TEST_F(PostgresStoreTest, T29ConnectionThatIsCutBeforeTheCommitIsWrittenAgain) {
  auto store = open_store();
  load(*store);
  sql("CREATE TABLE public.cuts(n int); "
      "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.seq = 2 AND nextval('public.tries') = 1 THEN "
      "PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$; "
      "CREATE SEQUENCE public.tries; "
      "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON weft.log DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION cut()");
  append(*store, answers_, 1);
  append(*store, answers_, 2);
  append(*store, answers_, 3);
  ASSERT_TRUE(answers_.wait_for_acks(3));
  EXPECT_TRUE(answers_.heard("cannot be written"));
  EXPECT_EQ(sql("SELECT last_value FROM public.tries"), "2") << "it was cut once, then tried again";
  const StoredCanvas canvas = load(*store);
  expect_rows(canvas, 3);
  EXPECT_EQ(canvas.log.size(), 3U);
}

TEST_F(PostgresStoreTest, T29CollisionWithAnotherProgramIsNoOutage) {
  auto store = open_store();
  load(*store, "a");
  load(*store, "b");
  auto other = std::make_unique<Session>(url());
  // Whoever looks for deadlocks first gives way: that must not be this one.
  ASSERT_TRUE(other->run("SET deadlock_timeout = '1min'"));
  ASSERT_TRUE(other->run("BEGIN; SELECT 1 FROM weft.canvases WHERE canvas = 'b' FOR UPDATE"));
  // The store waits in this answer, so that the appends are one transaction.
  std::promise<void> go_on;
  store->exists("a", [&](auto) { go_on.get_future().wait(); });
  append(*store, answers_, 1, "a");
  append(*store, answers_, 1, "b");
  go_on.set_value();
  ASSERT_TRUE(wait_until_sql_says(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
      "AND wait_event_type = 'Lock'",
      "1"));
  // Now the store has a and waits for b, and b's owner waits for a.
  EXPECT_TRUE(other->run("SELECT 1 FROM weft.canvases WHERE canvas = 'a' FOR UPDATE"));
  ASSERT_TRUE(other->run("ROLLBACK"));
  ASSERT_TRUE(answers_.wait_for_acks(2));
  EXPECT_FALSE(answers_.heard("cannot be written"));
  store.reset();
  other.reset();
  EXPECT_NE(deadlocks(), "0");
}

TEST_F(PostgresStoreTest, T30LockThatIsNeverLetGoIsAnOutageWithAnEnd) {
  auto options = quick_options(answers_);
  options.answer_deadline = 1s;
  auto store = open(url(), options);
  load(*store);
  auto other = std::make_unique<Session>(url());
  ASSERT_TRUE(other->run("BEGIN; SELECT 1 FROM weft.canvases FOR UPDATE"));
  append(*store, answers_, 1);
  ASSERT_TRUE(answers_.wait_for_sentence("cannot be written"));
  EXPECT_FALSE(store->is_available());
  other.reset();
  ASSERT_TRUE(answers_.wait_for_acks(1));
}

TEST_F(PostgresStoreTest, T30SessionsGiveTheirLocksBackWhenTheirInstanceStandsStill) {
  auto options = quick_options(answers_);
  options.answer_deadline = 1234ms;
  auto store = open(url(), options);
  load(*store);
  sql("CREATE FUNCTION how() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.push := convert_to("
      "current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' || "
      "current_setting('idle_in_transaction_session_timeout'), 'UTF8'); RETURN NEW; END $$; "
      "CREATE TRIGGER how BEFORE INSERT ON weft.log FOR EACH ROW EXECUTE FUNCTION how()");
  append(*store, answers_, 1);
  EXPECT_EQ(load(*store).log.at(0).push, "987ms 617ms 1234ms");
}

TEST_F(PostgresStoreTest, T32IdleConnectionThatIsLostIsNoticed) {
  auto options = quick_options(answers_);
  options.check_every = 20ms;
  auto store = open(url(), options);
  server_.shut_out(database_);
  ASSERT_TRUE(answers_.wait_for_sentence("cannot be written"));
  EXPECT_FALSE(store->is_available());
  server_.let_in(database_);
  ASSERT_TRUE(answers_.wait_for_sentence("can be written again"));
  EXPECT_TRUE(store->is_available());
}

TEST_F(PostgresStoreTest, T17CanBeStoppedDuringAnOutage) {
  auto options = quick_options(answers_);
  options.retry_min = options.retry_max = 1h;
  auto store = open(url(), options);
  load(*store);
  server_.shut_out(database_);
  append(*store, answers_, 1);
  ASSERT_TRUE(answers_.wait_for_sentence("cannot be written"));
  store.reset();
  EXPECT_THAT(answers_.acked(), IsEmpty());
  server_.let_in(database_);
}

// A server that is disturbed as a whole: each test has its own

TEST(PostgresServerTest, T29KilledServerKeepsEveryAcknowledgedRowOnce) {
  PostgresServer server(PostgresServer::Sync::on);
  const std::string url = server.url(server.make_database());
  constexpr std::size_t kPadding = 500;
  Answers answers;
  auto options = quick_options(answers);
  options.retry_min = options.retry_max = 50ms;
  auto store = open(url, options);
  EXPECT_FALSE(answers.heard("fsync"));
  load(*store);
  std::mt19937 random(20'260'101);
  std::uint64_t seq = 0;
  std::size_t before = 0;
  for (int round = 0; round < 5; ++round) {
    SCOPED_TRACE(round);
    before += 1 + std::uniform_int_distribution<std::size_t>(0, 150)(random);
    std::jthread writing([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        append(*store, answers, ++seq, "board", kEpoch, kPadding);
        // A window, so that there is always something on its way.
        if (seq > 20 && !answers.wait_for_acks(seq - 20)) return;
      }
    });
    ASSERT_TRUE(answers.wait_for_acks(before));
    server.kill();
    writing.request_stop();
    server.start();
    writing.join();
    ASSERT_TRUE(answers.wait_for_acks(seq));
    before = seq;
    auto fresh = open(url, quick_options(answers));
    const StoredCanvas canvas = load(*fresh);
    expect_rows(canvas, seq, kPadding);
    EXPECT_EQ(canvas.log.size(), seq);
  }
  std::uint64_t expected = 0;
  for (const auto& [canvas, acked] : answers.acked()) ASSERT_EQ(acked, ++expected);
}

TEST(PostgresServerTest, T29CommitThatSucceededUnheardIsAcknowledgedOnce) {
  PostgresServer server;
  const std::string database = server.make_database();
  Answers answers;
  auto store = open(server.url(database), quick_options(answers));
  load(*store);
  // Nobody is there to confirm a commit, so it hangs after it was carried out.
  server.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  server.execute("postgres", "SELECT pg_reload_conf()");
  // The setting is taken over in a while: commits before that do not hang.
  std::uint64_t seq = 0;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (server.execute("postgres",
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND "
                        "datname = '" +
                            database + "'") != "1") {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no commit waits";
    if (answers.acked().size() == seq) append(*store, answers, ++seq);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_EQ(answers.acked().size(), seq - 1);
  server.throw_out(database);
  ASSERT_TRUE(answers.wait_for_sentence("cannot be written"));
  server.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
  server.execute("postgres", "SELECT pg_reload_conf()");
  ASSERT_TRUE(answers.wait_for_acks(seq));
  append(*store, answers, ++seq);
  ASSERT_TRUE(answers.wait_for_acks(seq));
  std::uint64_t expected = 0;
  for (const auto& [canvas, acked] : answers.acked()) ASSERT_EQ(acked, ++expected);
  EXPECT_EQ(expected, seq);
  EXPECT_FALSE(answers.heard("damage: "));
  EXPECT_EQ(load(*store).log.size(), seq);
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(PostgresServerTest, T30ServerThatHangsIsNoticedAndMemoryIsBounded) {
  PostgresServer server;
  Answers answers;
  auto options = quick_options(answers);
  options.answer_deadline = 700ms;
  options.connect_deadline = 300ms;
  auto store = open(server.url(server.make_database()), options);
  load(*store);
  append(*store, answers, 1);
  ASSERT_TRUE(answers.wait_for_acks(1));
  server.hang();
  const auto since = std::chrono::steady_clock::now();
  append(*store, answers, 2);
  store->exists("board", [&](const auto& result) {
    EXPECT_FALSE(result.has_value());
    answers.note_event();
  });
  // A room saves a snapshot now and then; one of them waits.
  const std::size_t before = resident_bytes();
  for (std::uint64_t i = 0; i < 200; ++i) {
    store->save_snapshot("board", kEpoch, {.seq = 2, .sum = 0, .state = Bytes(4 << 20, 's')});
  }
  EXPECT_LT(resident_bytes(), before + (100 << 20));
  ASSERT_TRUE(answers.wait_for_sentence("cannot be written"));
  ASSERT_TRUE(answers.wait_for_events(1));
  EXPECT_LT(std::chrono::steady_clock::now() - since, 10s);
  EXPECT_FALSE(store->is_available());
  for (std::uint64_t i = 0; i < 100; ++i) {
    store->save_snapshot("board", kEpoch, {.seq = 2, .sum = 0, .state = Bytes(4 << 20, 's')});
  }
  EXPECT_LT(resident_bytes(), before + (100 << 20));
  append(*store, answers, 3);
  server.resume();
  ASSERT_TRUE(answers.wait_for_acks(3));
  ASSERT_TRUE(answers.wait_for_sentence("can be written again"));
  EXPECT_TRUE(store->is_available());
  const StoredCanvas canvas = load(*store);
  expect_rows(canvas, 3);
  EXPECT_EQ(canvas.snapshots.size(), 1U);
}

TEST(PostgresServerTest, T30StoreCanBeStoppedWhileTheServerHangs) {
  PostgresServer server;
  Answers answers;
  auto options = quick_options(answers);
  options.answer_deadline = 500ms;
  auto store = open(server.url(server.make_database()), options);
  load(*store);
  server.hang();
  append(*store, answers, 1);
  const auto since = std::chrono::steady_clock::now();
  store.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - since, 20s);
  EXPECT_THAT(answers.acked(), IsEmpty());
}

}  // namespace
}  // namespace weft::test
