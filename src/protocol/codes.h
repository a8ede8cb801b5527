// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace weft::protocol {

/// Goodbye and close codes. The range tells the client what to do: 4000–4099 do not retry;
/// 4100–4199 get a new token, then retry; 4200–4299 retry after the advised, jittered delay.
/// docs/protocol.md section E.
enum class CloseCode : std::uint16_t {
  normal = 1000,          // the client closed, or the server answers its close
  bad_message = 4000,     // bytes that are not the protocol
  hello_expected = 4001,  // something else than hello came first, or nothing for 5 s
  not_allowed = 4002,     // the token gives no role on this canvas
  canvas_full = 4003,     // the canvas has as many sessions as it may
  too_large = 4004,       // a frame or message over the limit
  kicked = 4005,          // removed by an administrator
  replaced = 4006,        // a newer session of the same client took over
  token_invalid = 4100,   // missing or refused token
  token_expired = 4101,   // the token's time is over
  slow = 4200,            // the client does not read fast enough
  draining = 4201,        // this instance is being stopped
  overloaded = 4202,      // this instance has no room for the session now
  idle_link = 4203,       // nothing came back to the heartbeat
  internal = 4204,        // the server failed; details are in its log
  reset = 4205,           // the canvas's history had to start over; come back to it
};

/// Names of errors (kind 9) and of rejected acks; stable for ever.
enum class ErrorCode : std::uint8_t {
  unknown_kind,    // the message's kind is not known here
  already_joined,  // a second hello
  not_allowed,     // the role does not allow it
  rate_limited,    // over a rate; not taken, may be sent again later
  too_large,       // over a size limit, which the message names
  too_many,        // over a count limit, which the message names
  bad_op,          // an op whose shape is wrong
  bad_id,          // an id that is empty, too long or not UTF-8
  type_conflict,   // create on a live entity of another type
  bad_reference,   // from or to names nothing that a link can join
  cycle,           // an entity as its own parent
  out_of_order,    // n is not the next push of this client
  unsupported,     // reserved for later
  unavailable,     // the log cannot take pushes now; not taken, may be sent again later
};

[[nodiscard]] std::string_view name_of(ErrorCode code);
[[nodiscard]] std::string_view name_of(CloseCode code);

/// How a push ended. The wire carries the number.
enum class AckOutcome : std::uint8_t {
  commit = 0,
  no_effect = 1,
  rebased = 2,
  rejected = 3,
  duplicate = 4,
};

}  // namespace weft::protocol
