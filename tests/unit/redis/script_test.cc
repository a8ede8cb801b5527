// SPDX-License-Identifier: Apache-2.0
#include "redis/commands.h"

#include <gtest/gtest.h>

namespace weft::redis {

// From `SCRIPT LOAD` of a real Redis.
TEST(Script, IsNamedByTheDigestOfItsSource) {
  EXPECT_EQ(Script("return 1").sha1, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  EXPECT_EQ(Script("").sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

}  // namespace weft::redis
