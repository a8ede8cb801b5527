// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/outbox.h"
#include "protocol/codes.h"
#include "protocol/frame.h"
#include "util/ids.h"

#include <string>
#include <vector>

namespace weft::router {

/// What the shell shall do after a call into the router: sends first, then pings, then closes. The
/// lists keep their capacity from turn to turn, so that the hot path allocates nothing.
struct Effects {
  struct Send {
    SessionId session;
    protocol::FrameRef frame;
    connection::Lane lane;
  };
  /// Send this goodbye and then a close frame with the same code (S6). The router has forgotten the
  /// session.
  struct Close {
    SessionId session;
    protocol::CloseCode code;
    protocol::FrameRef goodbye;
    std::string reason;
  };

  std::vector<Send> sends;
  std::vector<SessionId> pings;
  std::vector<SessionId>
      admitted;  // welcome is on its way: larger messages may be read from now on
  std::vector<Close> closes;
  std::vector<std::string> notices;  // sentences for the operator's log

  [[nodiscard]] bool is_empty() const {
    return sends.empty() && pings.empty() && admitted.empty() && closes.empty() && notices.empty();
  }
  void clear() {
    sends.clear();
    pings.clear();
    admitted.clear();
    closes.clear();
    notices.clear();
  }
};

}  // namespace weft::router
