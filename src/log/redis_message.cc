// SPDX-License-Identifier: Apache-2.0
#include "log/redis_message.h"

#include <charconv>

namespace weft::log {

namespace {

/// Takes what stands before the next space, or all of it.
ByteView take_word(ByteView& text) {
  const std::size_t end = text.find(' ');
  const ByteView word = text.substr(0, end);
  text.remove_prefix(end == ByteView::npos ? text.size() : end + 1);
  return word;
}

std::optional<RedisMessage::Kind> kind_of(ByteView word) {
  if (word == "p") return RedisMessage::Kind::push;
  if (word == "r") return RedisMessage::Kind::restored;
  if (word == "a") return RedisMessage::Kind::archived;
  if (word == "x") return RedisMessage::Kind::expiring;
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> decode_number(ByteView text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<KnownPoint> decode_known_point(ByteView text) {
  const auto seq = decode_number(take_word(text));
  const auto sum = decode_number(text);
  if (!seq || !sum) return std::nullopt;
  return KnownPoint{*seq, *sum};
}

std::optional<RedisMessage> decode_redis_message(ByteView payload) {
  const std::size_t line_end = payload.find('\n');
  if (line_end == ByteView::npos) return std::nullopt;
  ByteView line = payload.substr(0, line_end);
  const auto kind = kind_of(take_word(line));
  const auto epoch = decode_number(take_word(line));
  const auto seq = decode_number(take_word(line));
  if (!kind || !epoch || !seq) return std::nullopt;
  RedisMessage message{.kind = *kind, .epoch = *epoch, .seq = *seq, .entry = {}};
  if (*kind != RedisMessage::Kind::push) return message;
  const auto known_seq = decode_number(take_word(line));
  const auto known_sum = decode_number(take_word(line));
  if (!known_seq || !known_sum || line.empty()) return std::nullopt;
  message.entry = {.seq = *seq,
                   .known_seq = *known_seq,
                   .known_sum = *known_sum,
                   .chain = Bytes(line),
                   .push = Bytes(payload.substr(line_end + 1))};
  return message;
}

}  // namespace weft::log
