// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <climits>
#include <sqlite3.h>

#include <atomic>
#include <string>

namespace weft::test {

/// An SQLite VFS that does what the system's does until it is told to fail. Offers no shared
/// memory, so a database that works on it needs none. Any thread may tell it to fail; must outlive
/// its connections.
class FaultyVfs {
 public:
  enum class Call { open, read, write, sync, truncate };
  enum class Lasts {
    once,        // the call fails, the ones after it succeed
    until_heal,  // every later call of the kind fails too
  };

  FaultyVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    static std::atomic<int> count = 0;
    name_ = "faulty" + std::to_string(++count);
    vfs_.zName = name_.c_str();
    vfs_.pNext = nullptr;
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = &FaultyVfs::open;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~FaultyVfs() { sqlite3_vfs_unregister(&vfs_); }
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  /// The `nth` call of this kind from now on (1 is the next one) fails with the SQLite code.
  void fail(Call call, int nth, int code, Lasts lasts = Lasts::once) {
    code_ = code;
    call_ = call;
    lasts_ = lasts;
    has_failed_ = false;
    until_ = nth;
  }
  void heal() { until_ = INT_MAX; }
  [[nodiscard]] bool has_failed() const { return has_failed_; }

 private:
  struct File {
    sqlite3_file base;
    FaultyVfs* vfs;
    // The real file follows in memory.
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  /// The code that a call has to fail with, or SQLITE_OK.
  int check(Call call) {
    if (call != call_ || until_ == INT_MAX || --until_ > 0) return SQLITE_OK;
    if (lasts_ == Lasts::once) until_ = INT_MAX;
    has_failed_ = true;
    return code_;
  }
  static int check(sqlite3_file* file, Call call) {
    return reinterpret_cast<File*>(file)->vfs->check(call);
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
    auto* opened = reinterpret_cast<File*>(file);
    opened->base.pMethods = nullptr;
    if (const int code = self->check(Call::open)) return code;
    const int code = self->real_->xOpen(self->real_, name, opened->real(), flags, out);
    if (code != SQLITE_OK) return code;
    opened->vfs = self;
    opened->base.pMethods = &kMethods;
    return SQLITE_OK;
  }
  static int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
  static int read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    if (const int code = check(file, Call::read)) return code;
    return real(file)->pMethods->xRead(real(file), data, size, offset);
  }
  /// A write that fails has written its first half.
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    const int code = check(file, Call::write);
    if (code == SQLITE_OK) return real(file)->pMethods->xWrite(real(file), data, size, offset);
    real(file)->pMethods->xWrite(real(file), data, size / 2, offset);
    return code;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = check(file, Call::truncate)) return code;
    return real(file)->pMethods->xTruncate(real(file), size);
  }
  static int sync(sqlite3_file* file, int flags) {
    if (const int code = check(file, Call::sync)) return code;
    return real(file)->pMethods->xSync(real(file), flags);
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
  }
  static int lock(sqlite3_file* file, int kind) {
    return real(file)->pMethods->xLock(real(file), kind);
  }
  static int unlock(sqlite3_file* file, int kind) {
    return real(file)->pMethods->xUnlock(real(file), kind);
  }
  static int check_reserved_lock(sqlite3_file* file, int* out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
  }
  static int file_control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
  }
  static int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
  }
  static int device_characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
  }

  static constexpr sqlite3_io_methods kMethods = {1,
                                                  close,
                                                  read,
                                                  write,
                                                  truncate,
                                                  sync,
                                                  file_size,
                                                  lock,
                                                  unlock,
                                                  check_reserved_lock,
                                                  file_control,
                                                  sector_size,
                                                  device_characteristics,
                                                  nullptr,
                                                  nullptr,
                                                  nullptr,
                                                  nullptr,
                                                  nullptr,
                                                  nullptr};

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  std::string name_;
  std::atomic<Call> call_ = Call::open;
  std::atomic<int> code_ = SQLITE_OK;
  std::atomic<Lasts> lasts_ = Lasts::once;
  std::atomic<int> until_ = INT_MAX;
  std::atomic<bool> has_failed_ = false;
};

}  // namespace weft::test
