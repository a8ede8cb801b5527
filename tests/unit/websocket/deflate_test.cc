// SPDX-License-Identifier: Apache-2.0
#include "websocket/deflate.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>

namespace weft::websocket {
namespace {

using namespace std::string_literals;

constexpr std::size_t kNoLimit = std::size_t{1} << 30;

/// The message, or `broken` or `too large`.
std::string inflated(ByteView compressed, std::size_t bytes_max = kNoLimit) {
  Inflate inflate;
  const auto message = inflate.expand(compressed, bytes_max);
  if (message) return std::string(*message);
  return message.error() == InflateFault::too_large ? "too large" : "broken";
}

Bytes deflated(ByteView message) {
  Deflate deflate;
  const auto compressed = deflate.compress(message);
  EXPECT_TRUE(compressed);
  return Bytes(compressed.value_or(""));
}

Bytes noise(std::size_t bytes) {
  std::mt19937_64 random(bytes);
  Bytes result(bytes, '\0');
  for (char& byte : result) byte = static_cast<char>(random());
  return result;
}

TEST(Inflate, W40ReadsTheExamplesOfTheRfc) {
  // RFC 7692 section 7.2.3: .1 a fixed block, .3 a stored one, .4 one with BFINAL, .5 two blocks,
  // .6 nothing.
  EXPECT_EQ(inflated("\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s), "Hello");
  EXPECT_EQ(inflated("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello");
  EXPECT_EQ(inflated("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated("\x00"s), "");
}

TEST(Inflate, W40NothingIsCarriedFromOneMessageToTheNext) {
  Inflate inflate;
  ASSERT_TRUE(inflate.expand("\xf2\x48\xcd\xc9\xc9\x07\x00"s, kNoLimit));
  // Section 7.2.3.2: refers to the message before it, which client_no_context_takeover forbids.
  EXPECT_FALSE(inflate.expand("\xf2\x00\x11\x00\x00"s, kNoLimit));
  EXPECT_EQ(inflate.expand("\xf2\x48\xcd\xc9\xc9\x07\x00"s, kNoLimit).value_or("lost"), "Hello");
}

TEST(Inflate, W40ReadsSeveralStreamsInOneMessage) {
  const Bytes with_final = "\xf3\x48\xcd\xc9\xc9\x07\x00"s;
  EXPECT_EQ(inflated(with_final + with_final + "\0"s), "HelloHello");
}

TEST(Inflate, W39RefusesMoreThanAHundredFinalBlocks) {
  const auto finals = [](int count) {
    Bytes bytes;
    for (int i = 0; i < count; ++i) bytes += "\x03\x00"s;  // final, fixed, empty
    return bytes + "\0"s;
  };
  EXPECT_EQ(inflated(finals(100)), "");
  EXPECT_EQ(inflated(finals(101)), "broken");
}

TEST(Inflate, W39RefusesWhatIsNotDeflate) {
  EXPECT_EQ(inflated("\xff\xff\xff"s), "broken");
  EXPECT_EQ(inflated("\x00\x05\x00\x00\x00Hello\x00"s), "broken");  // wrong complement of a length
  EXPECT_EQ(inflated(""), "broken");
  EXPECT_EQ(inflated("Hello"), "broken");
}

TEST(Inflate, W39RefusesAMessageThatEndsInsideABlock) {
  const Bytes whole = deflated(std::string(50, 'a') + std::string(50, 'b'));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(inflated(whole.substr(0, length)), "broken") << length;
  }
}

TEST(Inflate, W38StopsAtTheLimit) {
  for (const std::size_t bytes : {1U, 100U, 16 * 1024U, 16 * 1024U + 1, 100'000U, 1U << 20}) {
    const std::string message(bytes, 'x');
    const Bytes compressed = bytes == 1 ? "\xaa\x00\x00"s : deflated(message);
    EXPECT_EQ(inflated(compressed, bytes), message);
    EXPECT_EQ(inflated(compressed, bytes + 1), message);
    EXPECT_EQ(inflated(compressed, bytes - 1), "too large");
  }
  EXPECT_EQ(inflated("\x00"s, 0), "");
}

TEST(Inflate, W38ABombIsNotInflatedToItsEnd) {
  Bytes bomb = deflated(Bytes(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 400'000U);
  // Behind the limit lies what would be refused as broken, were it read.
  bomb.replace(bomb.size() / 2, Bytes::npos, bomb.size() / 2, '\xff');
  EXPECT_EQ(inflated(bomb, 1 << 20), "too large");
}

TEST(Deflate, WhatItMakesIsReadBack) {
  Deflate deflate;
  Inflate inflate;
  for (const std::size_t bytes : {20U, 1000U, 16 * 1024U, 128 * 1024U, 1'000'000U}) {
    std::string message;
    while (message.size() < bytes) message += "item " + std::to_string(message.size() % 977) + ", ";
    const auto compressed = deflate.compress(message);
    ASSERT_TRUE(compressed) << bytes;
    EXPECT_LT(compressed->size(), message.size());
    EXPECT_FALSE(compressed->ends_with("\0\0\xff\xff"s));
    EXPECT_EQ(inflate.expand(*compressed, message.size()).value_or("lost"), message);
  }
}

TEST(Deflate, GivesNothingThatIsNotSmaller) {
  Deflate deflate;
  for (const Bytes& message : {""s, "a"s, "abc"s, noise(100), noise(100'000)}) {
    EXPECT_FALSE(deflate.compress(message)) << message.size();
  }
  EXPECT_TRUE(deflate.compress(std::string(100, 'a'))) << "and goes on";
  EXPECT_EQ(deflate.count(), 6U);
}

TEST(Deflate, TheSameMessageHasTheSameFormWhateverCameBefore) {
  Deflate deflate;
  const std::string message(1000, 'a');
  const Bytes first(deflate.compress(message).value_or(""));
  EXPECT_TRUE(deflate.compress(std::string(100, 'b') + message));
  EXPECT_EQ(deflate.compress(message).value_or(""), first);
}

}  // namespace
}  // namespace weft::websocket
