// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/result.h"
#include "util/time.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::server {

inline constexpr std::int64_t kTokenSecondsDefault = 24 * 60 * 60;
/// Ten years: long enough for every development machine.
inline constexpr std::int64_t kTokenSecondsMax = std::int64_t{10} * 365 * 24 * 60 * 60;

/// weft token: who the token is for and what it allows.
struct TokenCommand {
  std::string key_file;
  std::string user;
  std::string name;
  std::string color;
  std::string avatar;
  std::vector<std::string> canvases;  // PATTERN=ROLE
  std::int64_t ttl_seconds = kTokenSecondsDefault;
};

struct MintedToken {
  std::string token;
  std::string warning;  // about the key file; often empty
};

/// The token, or a sentence that says why there is none. Reads the key file.
[[nodiscard]] Result<MintedToken, std::string> make_token(const TokenCommand& command,
                                                          WallMs now_ms);

}  // namespace weft::server
