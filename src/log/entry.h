// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/messages.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"

#include <cstdint>

namespace weft::log {

/// One push as the log keeps it: who sent what, as it was sent. A push that was refused for its
/// shape is kept with an empty array of ops, so that its n is used up and a resend is answered
/// `duplicate`.
struct Push {
  ClientId client;
  std::uint64_t n = 0;
  ActorId actor;
  UserId user;
  Bytes ops;  // raw array
};

/// A push with its place in the canvas's history.
struct Entry {
  std::uint64_t seq = 0;
  protocol::Sum sum = 0;  // after this entry
  Push push;
};

/// The canonical bytes of a push: what is stored, and what the running sum is made of.
[[nodiscard]] Bytes encode_push(const Push& push);
[[nodiscard]] Result<Push, protocol::DecodeError> decode_push(ByteView bytes);

/// The running sum after a push: XXH3-64 of its canonical bytes, seeded with the sum before it. 0
/// before the first push of an epoch.
[[nodiscard]] protocol::Sum next_sum(protocol::Sum before, ByteView canonical_push);

}  // namespace weft::log
