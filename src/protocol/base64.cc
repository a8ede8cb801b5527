// SPDX-License-Identifier: Apache-2.0
#include "protocol/base64.h"

#include <cstdint>

namespace weft::protocol {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t byte_at(ByteView bytes, std::size_t i) {
  return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

}  // namespace

void append_base64(Bytes& out, ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group =
        (byte_at(bytes, i) << 16) | (byte_at(bytes, i + 1) << 8) | byte_at(bytes, i + 2);
    const std::size_t left = bytes.size() - i;
    out.push_back(kAlphabet[(group >> 18) & 63U]);
    out.push_back(kAlphabet[(group >> 12) & 63U]);
    out.push_back(left > 1 ? kAlphabet[(group >> 6) & 63U] : '=');
    out.push_back(left > 2 ? kAlphabet[group & 63U] : '=');
  }
}

std::optional<Bytes> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;

  Bytes bytes;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_padding = i >= text.size() - padding;
    const std::size_t digit = is_padding ? 0 : kAlphabet.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    group = (group << 6) | static_cast<std::uint32_t>(digit);
    if (i % 4 == 3) {
      bytes.push_back(static_cast<char>((group >> 16) & 0xffU));
      bytes.push_back(static_cast<char>((group >> 8) & 0xffU));
      bytes.push_back(static_cast<char>(group & 0xffU));
      group = 0;
    }
  }
  // What the padding stands for must be zero, so that each value has one spelling.
  for (; padding > 0; --padding) {
    if (bytes.back() != '\0') return std::nullopt;
    bytes.pop_back();
  }
  return bytes;
}

}  // namespace weft::protocol
