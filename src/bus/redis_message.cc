// SPDX-License-Identifier: Apache-2.0
#include "bus/redis_message.h"

namespace weft::bus {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNumberBytes = 8;

void append_number(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

/// Requires: `bytes` has 8 bytes.
std::uint64_t read_number(ByteView bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

}  // namespace

void append_message(Bytes& out, const RedisMessage& message) {
  out.push_back(kVersion);
  out.push_back(static_cast<char>(message.kind));
  append_number(out, message.sender.value);
  append_number(out, message.seq);
  if (message.kind == MessageKind::data) out.append(message.batch);
  if (message.kind == MessageKind::again) append_number(out, message.to.value);
  if (message.kind == MessageKind::bye) out.push_back(static_cast<char>(message.how));
}

std::optional<RedisMessage> decode_message(ByteView bytes) {
  if (bytes.size() < kMessageHeaderBytes || bytes[0] != kVersion) return std::nullopt;
  RedisMessage message;
  message.kind = static_cast<MessageKind>(bytes[1]);
  message.sender.value = read_number(bytes.substr(2));
  message.seq = read_number(bytes.substr(2 + kNumberBytes));
  const ByteView rest = bytes.substr(kMessageHeaderBytes);
  switch (message.kind) {
    case MessageKind::hello:
    case MessageKind::here:
    case MessageKind::beat:
      if (!rest.empty()) return std::nullopt;
      return message;
    case MessageKind::again:
      if (rest.size() != kNumberBytes) return std::nullopt;
      message.to.value = read_number(rest);
      return message;
    case MessageKind::data:
      message.batch = rest;
      return message;
    case MessageKind::bye:
      if (rest.size() != 1) return std::nullopt;
      message.how = static_cast<PeerEnd>(rest[0]);
      if (message.how != PeerEnd::left && message.how != PeerEnd::draining) return std::nullopt;
      return message;
  }
  return std::nullopt;
}

}  // namespace weft::bus
