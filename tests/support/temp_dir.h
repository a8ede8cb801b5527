// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

namespace weft::test {

/// A folder of the test's own, gone with this object.
class TempDir {
 public:
  enum class Medium {
    disk,
    memory,  // where the system offers it: a sync costs nothing, but the space is small
  };
  explicit TempDir(Medium medium = Medium::disk) {
    const std::filesystem::path shared_memory = "/dev/shm";
    const bool in_memory = medium == Medium::memory && access(shared_memory.c_str(), W_OK) == 0;
    std::string name =
        (in_memory ? shared_memory : std::filesystem::temp_directory_path()) / "weft-test-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace weft::test
