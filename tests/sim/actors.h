// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/complaint.h"
#include "util/ids.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace weft::sim {

/// Which client each actor number was given to, and which have been told to have left: a number is
/// never used again.
class Actors {
 public:
  /// `surely`: there is no way in which the session could be over already.
  void note_welcome(const CanvasId& canvas, ActorId actor, const ClientId& client, bool surely) {
    const auto [owner, is_new] = owners_.try_emplace({canvas, actor}, client);
    if (owner->second != client) {
      complain("actor " + std::to_string(actor.value) + " was " + owner->second + " and is now " +
               client);
    }
    if (!surely) return;
    if (left_.contains({canvas, actor})) {
      complain("actor " + std::to_string(actor.value) + " is back after everyone saw it leave");
    }
    connected_.insert({canvas, actor});
  }
  /// Somebody was told that the actor has left.
  void note_leave(const CanvasId& canvas, ActorId actor) {
    left_.insert({canvas, actor});
    if (connected_.contains({canvas, actor})) {
      complain("actor " + std::to_string(actor.value) + " is told to have left and is connected");
    }
  }
  /// From now on the server may have a reason to end the actor's session.
  void doubt(const CanvasId& canvas, ActorId actor) { connected_.erase({canvas, actor}); }
  void doubt_everyone() { connected_.clear(); }

 private:
  std::map<std::pair<CanvasId, ActorId>, ClientId> owners_;
  std::set<std::pair<CanvasId, ActorId>> left_;
  std::set<std::pair<CanvasId, ActorId>> connected_;
};

}  // namespace weft::sim
