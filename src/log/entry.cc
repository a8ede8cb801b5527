// SPDX-License-Identifier: Apache-2.0
#include "log/entry.h"

#include "protocol/msgpack.h"

#include <xxhash.h>

#include <utility>

namespace weft::log {

namespace {

/// client, n, actor, user, ops.
constexpr std::uint32_t kPushFields = 5;

}  // namespace

Bytes encode_push(const Push& push) {
  Bytes out;
  out.reserve(push.client.size() + push.user.size() + push.ops.size() + 32);
  protocol::append_array(out, kPushFields);
  protocol::append_string(out, push.client);
  protocol::append_uint(out, push.n);
  protocol::append_uint(out, push.actor.value);
  protocol::append_string(out, push.user);
  out += push.ops;
  return out;
}

Result<Push, protocol::DecodeError> decode_push(ByteView bytes) {
  protocol::MsgpackReader reader(bytes);
  auto fields = reader.read_array();
  if (!fields) return Failure(fields.error());
  if (*fields != kPushFields) return Failure(protocol::DecodeError{"A push has five fields.", 0});
  auto client = reader.read_string();
  if (!client) return Failure(client.error());
  auto n = reader.read_uint();
  if (!n) return Failure(n.error());
  auto actor = reader.read_uint();
  if (!actor) return Failure(actor.error());
  auto user = reader.read_string();
  if (!user) return Failure(user.error());
  if (reader.peek() != protocol::ValueKind::array) {
    return Failure(protocol::DecodeError{"The ops of a push are an array.", reader.offset()});
  }
  auto ops = reader.read_value();
  if (!ops) return Failure(ops.error());
  if (!reader.at_end()) {
    return Failure(protocol::DecodeError{"Bytes follow after the push.", reader.offset()});
  }
  return Push{.client = ClientId(*client),
              .n = *n,
              .actor = ActorId{*actor},
              .user = UserId(*user),
              .ops = Bytes(*ops)};
}

protocol::Sum next_sum(protocol::Sum before, ByteView canonical_push) {
  return XXH3_64bits_withSeed(canonical_push.data(), canonical_push.size(), before);
}

}  // namespace weft::log
