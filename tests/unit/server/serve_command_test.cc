// SPDX-License-Identifier: Apache-2.0
#include "server/serve_command.h"

#include "unit/server/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace weft::server {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

TEST(OpenStore, MakesTheDataFolderForItsOwnerOnly) {
  const TemporaryFolder folder;
  const std::string data = folder.path("some/where/data");
  ASSERT_TRUE(open_store(data));
  EXPECT_EQ(std::filesystem::status(data).permissions(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(std::filesystem::exists(data + "/weft.db"));
  EXPECT_TRUE(open_store(data));
}

TEST(OpenStore, LeavesAFolderThatIsThere) {
  const TemporaryFolder folder;
  const std::string data = folder.path("data");
  std::filesystem::create_directory(data);
  folder.set_mode("data", 0750);
  ASSERT_TRUE(open_store(data));
  EXPECT_EQ(std::filesystem::status(data).permissions(), std::filesystem::perms(0750));
}

TEST(OpenStore, MemoryNeedsNoFolder) {
  EXPECT_TRUE(open_store(":memory:"));
  EXPECT_FALSE(std::filesystem::exists(":memory:"));
}

TEST(OpenStore, SaysWhyThereIsNoFolder) {
  const TemporaryFolder folder;
  const auto store = open_store(folder.write("file", "") + "/data");
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error(), HasSubstr("cannot be made: "));
}

TEST(OpenStore, LeavesAForeignFileAsItIs) {
  const TemporaryFolder folder;
  const std::string file = folder.write("weft.db", std::string(4096, 'x'));
  const auto store = open_store(folder.path(""));
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error(), HasSubstr("weft.db"));
  EXPECT_EQ(std::filesystem::file_size(file), 4096U);
}

}  // namespace
}  // namespace weft::server
