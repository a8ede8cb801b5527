// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace weft::protocol {

/// One row of tests/golden/messages.json, which the SDK's tests read too.
struct GoldenMessage {
  std::string name;
  bool is_client = false;
  nlohmann::ordered_json json;  // the message, binary as base64
  Bytes msgpack;
};

inline Bytes bytes_of_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

inline std::string hex_of(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 0x0fU]);
  }
  return hex;
}

inline const std::vector<GoldenMessage>& golden_messages() {
  static const std::vector<GoldenMessage> rows = [] {
    std::ifstream file(WEFT_SOURCE_DIR "/tests/golden/messages.json");
    std::vector<GoldenMessage> read;
    for (const auto& row : nlohmann::ordered_json::parse(file)) {
      read.push_back({row.at("name"), row.at("direction") == "client", row.at("json"),
                      bytes_of_hex(row.at("msgpack").get<std::string>())});
    }
    return read;
  }();
  return rows;
}

inline const GoldenMessage& golden_message(bool is_client, std::string_view name) {
  for (const GoldenMessage& row : golden_messages()) {
    if (row.is_client == is_client && row.name == name) return row;
  }
  throw std::out_of_range("No golden message has the name " + std::string(name));
}

}  // namespace weft::protocol
