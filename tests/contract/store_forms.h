// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/memory_store.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"
#include "store_form.h"
#include "support/faulty_vfs.h"
#include "support/postgres_server.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

class MemoryForm final : public StoreForm {
 public:
  explicit MemoryForm(store::MemoryStore::Completion completion)
      : completion_(completion), store_(completion) {}
  [[nodiscard]] store::MemoryStore::Completion completion() const { return completion_; }
  store::MemoryStore& store() override { return store_; }
  void restart() override {
    EXPECT_TRUE(store_.flush(std::chrono::steady_clock::now() + std::chrono::seconds(60)));
    store_.crash();
  }
  void break_medium() override { store_.fail_appends(true); }
  void mend_medium() override { store_.fail_appends(false); }

 private:
  store::MemoryStore::Completion completion_;
  store::MemoryStore store_;
};

/// SQLite on a VFS that can be told to fail.
class SqliteForm final : public StoreForm {
 public:
  SqliteForm() { open(); }
  store::Store& store() override { return *store_; }
  void restart() override {
    store_.reset();
    open();
  }
  void break_medium() override {
    {
      std::lock_guard lock(mutex_);
      is_out_ = false;
    }
    vfs_.fail(FaultyVfs::Call::write, 1, SQLITE_FULL, FaultyVfs::Lasts::until_heal);
    store_->load("broken", 1, 1, [](auto) {});
    std::unique_lock lock(mutex_);
    noticed_.wait(lock, [this] { return is_out_; });
  }
  void mend_medium() override { vfs_.heal(); }

 private:
  void open() {
    store::SqliteOptions options;
    options.vfs = vfs_.name();
    options.retry_min = options.retry_max = std::chrono::milliseconds(1);
    options.checkpoint_pages = 4;
    options.on_fatal = [](const std::string& sentence) { ADD_FAILURE() << sentence; };
    options.on_notice = [this](const std::string& sentence) {
      std::lock_guard lock(mutex_);
      if (sentence.find("new edits are refused") != std::string::npos) is_out_ = true;
      noticed_.notify_all();
    };
    auto opened = store::SqliteStore::open(dir_.file("weft.db"), options);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    store_ = std::move(*opened);
  }

  TempDir dir_;
  FaultyVfs vfs_;
  std::mutex mutex_;
  std::condition_variable noticed_;
  bool is_out_ = false;
  std::unique_ptr<store::SqliteStore> store_;
};

/// A database of its own on the program's PostgreSQL. The medium fails when it lets nobody in.
class PostgresForm final : public StoreForm {
 public:
  PostgresForm() { open(); }
  ~PostgresForm() override {
    store_.reset();
    server_.drop_database(database_);
  }
  store::Store& store() override { return *store_; }
  void restart() override {
    store_.reset();
    open();
  }
  void break_medium() override {
    {
      std::lock_guard lock(mutex_);
      is_out_ = false;
    }
    server_.shut_out(database_);
    store_->exists("broken", [](auto) {});
    std::unique_lock lock(mutex_);
    noticed_.wait(lock, [this] { return is_out_; });
  }
  void mend_medium() override { server_.let_in(database_); }

 private:
  void open() {
    store::PostgresOptions options;
    options.retry_min = options.retry_max = std::chrono::milliseconds(10);
    options.on_fatal =
        options.on_damage = [](const std::string& sentence) { ADD_FAILURE() << sentence; };
    options.on_notice = [this](const std::string& sentence) {
      std::lock_guard lock(mutex_);
      if (sentence.find("cannot be written") != std::string::npos) is_out_ = true;
      noticed_.notify_all();
    };
    auto opened = store::PostgresStore::open(server_.url(database_), options);
    if (!opened) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
  }

  PostgresServer& server_ = PostgresServer::shared();
  std::string database_ = server_.make_database();
  std::mutex mutex_;
  std::condition_variable noticed_;
  bool is_out_ = false;
  std::unique_ptr<store::PostgresStore> store_;
};

inline const std::vector<StoreFormMaker>& store_forms() {
  using Completion = store::MemoryStore::Completion;
  static const std::vector<StoreFormMaker> forms = {
      {"Memory", [] { return std::make_unique<MemoryForm>(Completion::by_pump); }},
      {"MemoryThread", [] { return std::make_unique<MemoryForm>(Completion::by_thread); }},
      {"Sqlite", [] { return std::make_unique<SqliteForm>(); }},
      {"Postgres", [] { return std::make_unique<PostgresForm>(); }},
  };
  return forms;
}

}  // namespace weft::test
