// SPDX-License-Identifier: Apache-2.0
#include "server/redis_promise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

redis::Settings safe() {
  redis::Settings settings;
  settings.version = "7.0.15";
  settings.appendonly = "yes";
  settings.appendfsync = "always";
  settings.save = "";
  settings.maxmemory = "0";
  settings.maxmemory_policy = "noeviction";
  return settings;
}

TEST(RedisPromise, ASafeRedisIsTakenInSilence) {
  const RedisVerdict verdict = judge_redis(safe(), false);
  EXPECT_THAT(verdict.refusal, IsEmpty());
  EXPECT_THAT(verdict.warnings, IsEmpty());
}

TEST(RedisPromise, AnEvictingPolicyIsRefused) {
  auto settings = safe();
  settings.maxmemory_policy = "allkeys-lru";
  EXPECT_THAT(judge_redis(settings, true).refusal, HasSubstr("allkeys-lru"));
}

TEST(RedisPromise, AnOldVersionIsRefused) {
  auto settings = safe();
  settings.version = "6.2.14";
  EXPECT_THAT(judge_redis(settings, false).refusal, HasSubstr("6.2.14"));
  settings.version = "10.0.0";
  EXPECT_THAT(judge_redis(settings, false).refusal, IsEmpty());
}

TEST(RedisPromise, LateSyncsAreNamed) {
  auto settings = safe();
  settings.appendfsync = "everysec";
  EXPECT_THAT(judge_redis(settings, false).warnings,
              ElementsAre(HasSubstr("appendfsync everysec")));
}

TEST(RedisPromise, NoPersistenceIsNamed) {
  auto settings = safe();
  settings.appendonly = "no";
  settings.save = "3600 1";
  EXPECT_THAT(judge_redis(settings, false).warnings,
              ElementsAre(HasSubstr("appendonly no, save \"3600 1\"")));
  EXPECT_THAT(judge_redis(settings, true).warnings, ElementsAre(HasSubstr("PostgreSQL")));
}

TEST(RedisPromise, WhatRedisDoesNotTellIsSaid) {
  EXPECT_THAT(judge_redis({}, false).refusal, IsEmpty());
  EXPECT_THAT(judge_redis({}, false).warnings,
              ElementsAre(HasSubstr("maxmemory-policy"), HasSubstr("CONFIG GET")));
}

}  // namespace
}  // namespace weft::server
