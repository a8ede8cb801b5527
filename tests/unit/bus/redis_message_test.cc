// SPDX-License-Identifier: Apache-2.0
#include "bus/redis_message.h"

#include <gtest/gtest.h>

#include <random>

namespace weft::bus {
namespace {

Bytes encoded(const RedisMessage& message) {
  Bytes bytes;
  append_message(bytes, message);
  return bytes;
}

TEST(RedisMessage, HasTheBytesThatOtherInstancesKnow) {
  EXPECT_EQ(encoded({.kind = MessageKind::data,
                     .sender = PeerId{0x0102030405060708},
                     .seq = 0x1122,
                     .batch = "x"}),
            Bytes("\x01\x04\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\0\0\x11\x22x", 19));
}

TEST(RedisMessage, EveryKindComesBackAsItWas) {
  const PeerId sender{0xfedcba9876543210};
  for (const MessageKind kind : {MessageKind::hello, MessageKind::here, MessageKind::again,
                                 MessageKind::data, MessageKind::bye, MessageKind::beat}) {
    RedisMessage message{.kind = kind, .sender = sender, .seq = ~0ULL};
    if (kind == MessageKind::again) message.to = PeerId{7};
    if (kind == MessageKind::bye) message.how = PeerEnd::draining;
    if (kind == MessageKind::data) message.batch = ByteView("\0\xff batch", 8);
    const Bytes bytes = encoded(message);
    const auto back = decode_message(bytes);
    ASSERT_TRUE(back) << static_cast<int>(kind);
    EXPECT_EQ(back->kind, kind);
    EXPECT_EQ(back->sender, sender);
    EXPECT_EQ(back->seq, ~0ULL);
    EXPECT_EQ(back->to, message.to);
    EXPECT_EQ(back->how, message.how);
    EXPECT_EQ(back->batch, message.batch);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      if (kind == MessageKind::data && size >= kMessageHeaderBytes) continue;
      EXPECT_FALSE(decode_message(ByteView(bytes).substr(0, size))) << size;
    }
    if (kind != MessageKind::data) {
      EXPECT_FALSE(decode_message(bytes + "x"));
    }
  }
}

TEST(RedisMessage, OtherVersionsKindsAndEndsAreNone) {
  Bytes bytes = encoded({.kind = MessageKind::bye});
  EXPECT_TRUE(decode_message(bytes));
  bytes.back() = static_cast<char>(PeerEnd::dead);
  EXPECT_FALSE(decode_message(bytes)) << "nobody says of itself that it is dead";
  bytes[1] = 0;
  EXPECT_FALSE(decode_message(bytes));
  bytes[1] = 7;
  EXPECT_FALSE(decode_message(bytes));
  bytes = encoded({.kind = MessageKind::hello});
  bytes[0] = 2;
  EXPECT_FALSE(decode_message(bytes));
}

TEST(RedisMessage, AnyBytesAreDecodedOrRefused) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (bytes.size() > 1 && i % 2 == 0) {
      bytes[0] = 1;
      bytes[1] = static_cast<char>(random() % 8);
    }
    if (const auto message = decode_message(bytes)) {
      EXPECT_EQ(encoded(*message), bytes);
    }
  }
}

}  // namespace
}  // namespace weft::bus
