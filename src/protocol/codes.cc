// SPDX-License-Identifier: Apache-2.0
#include "protocol/codes.h"

#include "protocol/messages.h"

namespace weft::protocol {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::unknown_kind:
      return "unknown_kind";
    case ErrorCode::already_joined:
      return "already_joined";
    case ErrorCode::not_allowed:
      return "not_allowed";
    case ErrorCode::rate_limited:
      return "rate_limited";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::too_many:
      return "too_many";
    case ErrorCode::bad_op:
      return "bad_op";
    case ErrorCode::bad_id:
      return "bad_id";
    case ErrorCode::type_conflict:
      return "type_conflict";
    case ErrorCode::bad_reference:
      return "bad_reference";
    case ErrorCode::cycle:
      return "cycle";
    case ErrorCode::out_of_order:
      return "out_of_order";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::unavailable:
      return "unavailable";
  }
  return {};
}

std::string_view name_of(CloseCode code) {
  switch (code) {
    case CloseCode::normal:
      return "normal";
    case CloseCode::bad_message:
      return "bad_message";
    case CloseCode::hello_expected:
      return "hello_expected";
    case CloseCode::not_allowed:
      return "not_allowed";
    case CloseCode::canvas_full:
      return "canvas_full";
    case CloseCode::too_large:
      return "too_large";
    case CloseCode::kicked:
      return "kicked";
    case CloseCode::replaced:
      return "replaced";
    case CloseCode::token_invalid:
      return "token_invalid";
    case CloseCode::token_expired:
      return "token_expired";
    case CloseCode::slow:
      return "slow";
    case CloseCode::draining:
      return "draining";
    case CloseCode::overloaded:
      return "overloaded";
    case CloseCode::idle_link:
      return "idle_link";
    case CloseCode::internal:
      return "internal";
    case CloseCode::reset:
      return "reset";
  }
  return {};
}

Advice advice_for(CloseCode code) {
  switch (code) {
    case CloseCode::normal:
    case CloseCode::bad_message:
    case CloseCode::hello_expected:
    case CloseCode::not_allowed:
    case CloseCode::canvas_full:
    case CloseCode::too_large:
    case CloseCode::kicked:
    case CloseCode::replaced:
      return {};
    // Getting the token takes time of its own; the second of jitter is for tokens that expire
    // together.
    case CloseCode::token_invalid:
    case CloseCode::token_expired:
      return {.retry = true, .after_min_ms = 0, .after_max_ms = 1'000, .token = true};
    // A client that could not keep up needs air first.
    case CloseCode::slow:
      return {.retry = true, .after_min_ms = 1'000, .after_max_ms = 5'000, .token = false};
    // Everybody is sent away at once and everybody returns: spread them.
    case CloseCode::draining:
      return {.retry = true, .after_min_ms = 100, .after_max_ms = 5'000, .token = false};
    case CloseCode::overloaded:
      return {.retry = true, .after_min_ms = 5'000, .after_max_ms = 30'000, .token = false};
    case CloseCode::idle_link:
      return {.retry = true, .after_min_ms = 0, .after_max_ms = 1'000, .token = false};
    case CloseCode::internal:
      return {.retry = true, .after_min_ms = 1'000, .after_max_ms = 10'000, .token = false};
    // Everybody on the canvas at once, into a room that is being opened anew.
    case CloseCode::reset:
      return {.retry = true, .after_min_ms = 50, .after_max_ms = 1'000, .token = false};
  }
  return {};
}

}  // namespace weft::protocol
