// SPDX-License-Identifier: Apache-2.0
// The end of a run: what everybody must see now, and what must be at rest.
#include "concept/document.h"
#include "log/history.h"
#include "protocol/ops.h"
#include "router/document_state.h"
#include "sim/complaint.h"
#include "sim/sim_world.h"
#include "support/document_bytes.h"

#include <algorithm>
#include <utility>

namespace weft::sim {

using std::chrono::milliseconds;

namespace {

std::string text_of(const protocol::Cursor& cursor) {
  if (cursor.hidden) return "hidden";
  return std::to_string(cursor.x) + "," + std::to_string(cursor.y);
}

}  // namespace

/// When all is calm, so that everybody knows everybody, one instance ends, and not everybody on it
/// comes back.
void SimWorld::end_one_more() {
  if (!shared_.is_cluster() || plan_.cluster.is_faithful) return;
  const std::size_t index = random_.below(instances_.size());
  Instance& instance = instances_[index];
  lose_clients_of(index, plan_.clients * 2 / 3);
  if (random_.one_in(2)) {
    instance.server->crash();
  } else {
    instance.server->drain(random_.ms_between(0, 300));
    pass(random_.ms_between(0, 600));
    instance.server->stop();
  }
  instance.starts_at = shared_.now.mono + random_.ms_between(0, 2'000);
}

void SimWorld::reckon() {
  end_one_more();
  for (const auto& client : clients_) {
    if (random_.one_in(3)) client->leave();
  }
  calm_down();
  pass(milliseconds(1'500));  // so that no rate stands in the way
  calm_down();  // an older session, let in late, may have taken somebody's place meanwhile
  for (const auto& client : clients_) client->speak_last_word();
  // Long enough for whoever vanished to be missed, and for the others to become idle.
  const auto& config = plan_.router;
  constexpr milliseconds kSweep{1'000};
  pass(config.times.ping_after + config.times.silence_max + config.room.presence.grace +
       config.room.presence.idle_after + 3 * kSweep);
  // Longer when another instance had first to be missed.
  if (shared_.is_cluster()) {
    pass(plan_.cluster.dead_after + presence::kDoubtTime + config.room.presence.grace);
  }
  calm_down();  // a ping may just be under way
  for (const auto& client : clients_) {
    if (client->has_vanished()) continue;
    client->check_copy();
    check_room(*client);
  }
  for (const Instance& instance : instances_) instance.server->crash();
  if (shared_.is_cluster()) {  // what was told must be there
    check_shared_log();
  } else {
    check_store();
  }
  check_observer();
}

/// People and cursors are exactly those of the sessions that are connected.
void SimWorld::check_room(const SimClient& observer) const {
  std::map<ActorId, const SimClient*> here;
  for (const auto& client : clients_) {
    if (!client->has_vanished() && client->canvas() == observer.canvas()) {
      here[client->actor()] = client.get();
    }
  }
  const auto& seen = observer.people().all();
  const std::string head = observer.id() + " on " + observer.canvas() + " sees ";
  for (const auto& [actor, person] : seen) {
    if (!here.contains(actor)) complain(head + "a ghost, actor " + std::to_string(actor.value));
  }
  for (const auto& [actor, client] : here) {
    const auto found = seen.find(actor);
    if (found == seen.end()) complain(head + "nothing of " + client->id());
    const Person expected = client->shown();
    if (found->second.user != expected.user) complain(head + "another user of " + client->id());
    if (found->second.presence != expected.presence) {
      complain(head + "another presence of " + client->id());
    }
    if (found->second.activity != expected.activity) {
      complain(head + client->id() + " " + found->second.activity + ", who is " +
               expected.activity);
    }
    if (client == &observer) continue;
    const protocol::Cursor cursor = observer.people().cursor_of(actor);
    const protocol::Cursor truth = client->cursor();
    const bool same = cursor.hidden == truth.hidden &&
                      (cursor.hidden || (cursor.x == truth.x && cursor.y == truth.y));
    if (!same) {
      complain(head + "the cursor of " + client->id() + " at " + text_of(cursor) + ", it is at " +
               text_of(truth));
    }
  }
}

/// What is at rest is the ledger: base and tail make its document, its sums and its numbers.
void SimWorld::check_store() {
  for (std::size_t i = 0; i < plan_.canvases; ++i) {
    const CanvasId canvas = "canvas-" + std::to_string(i);
    const std::uint64_t last = shared_.ledger.last_seq(canvas);
    std::optional<store::StoredCanvas> stored;
    store_.load(canvas, 1, 0, [&](auto loaded) {
      if (loaded) stored = *std::move(loaded);
    });
    store_.medium().pump();
    if (!stored) complain(canvas + " cannot be loaded");
    const auto history = log::read_history(canvas, *std::move(stored));
    if (!history) complain(history.error());
    if (history->base.seq > 0) shared_.count("trimmed log");
    check_history(canvas, history->base.seq, history->base.state, history->tail);
    for (const log::ClientMark& mark : history->clients) {
      if (mark.n != shared_.ledger.n_at(canvas, mark.client, last)) {
        complain(canvas + ": the mark of " + mark.client + " is " + std::to_string(mark.n));
      }
    }
  }
}

/// Base and tail are what the ledger has, and make its document.
void SimWorld::check_history(const CanvasId& canvas, std::uint64_t base_seq, ByteView base_state,
                             const std::vector<log::Entry>& tail) {
  const std::uint64_t last = shared_.ledger.last_seq(canvas);
  if (base_seq + tail.size() != last) {
    complain(canvas + " ends at seq " + std::to_string(base_seq + tail.size()) + ", " +
             std::to_string(last) + " were committed");
  }
  concept_sync::Document document(shared_.ledger.limits());
  if (!router::load_document(base_state, document)) complain(canvas + ": bad snapshot");
  protocol::OpList ops;
  for (const log::Entry& entry : tail) {
    const Ledger::Entry& committed = shared_.ledger.entry(canvas, entry.seq);
    if (entry.sum != committed.sum || entry.push.ops != committed.push.ops) {
      complain(canvas + " seq " + std::to_string(entry.seq) + " is another entry now");
    }
    if (!protocol::decode_ops(entry.push.ops, shared_.ledger.limits(), ops)) continue;
    static_cast<void>(document.apply(ops));
  }
  if (test::bytes_of(document) != shared_.ledger.canonical(canvas)) {
    complain(canvas + " at rest is different");
  }
}

/// The same of the log that instances share. Only on a canvas that everybody has left for ever may
/// it go on after what was told: its last pushes came through when their instance had ended.
void SimWorld::check_shared_log() {
  for (std::size_t i = 0; i < plan_.canvases; ++i) {
    const CanvasId canvas = "canvas-" + std::to_string(i);
    if (cluster_.log().has_untold(canvas)) {
      shared_.count("told to nobody");
      for (const auto& client : clients_) {
        if (client->canvas() == canvas && !client->has_vanished()) {
          complain(canvas + " has entries that " + client->id() + "'s instance was not told of");
        }
      }
    }
    const log::Opened opened = cluster_.log().read_at_rest(canvas);
    if (opened.base.seq > 0) shared_.count("trimmed log");
    check_history(canvas, opened.base.seq, opened.base.state, opened.tail);
    for (const auto& client : clients_) {
      if (client->canvas() != canvas) continue;
      const std::uint64_t n =
          shared_.ledger.n_at(canvas, client->id(), shared_.ledger.last_seq(canvas));
      if (cluster_.log().mark(canvas, client->id()) != n) {
        complain(canvas + ": another mark of " + client->id());
      }
    }
  }
}

/// A server that starts afresh shows a newcomer the same documents.
void SimWorld::check_observer() {
  for (const auto& client : clients_) client->vanish(true);
  clients_.clear();
  for (const Instance& instance : instances_) instance.server->start();
  for (std::size_t i = 0; i < plan_.canvases; ++i) {
    clients_.push_back(std::make_unique<SimClient>(
        std::string("observer-") + static_cast<char>('a' + i), "canvas-" + std::to_string(i),
        connection::Role::view, shared_));
  }
  calm_down();
  for (const auto& client : clients_) client->check_copy();
}

std::uint64_t SimWorld::digest() const {
  std::uint64_t digest = 0;
  for (std::size_t i = 0; i < plan_.canvases; ++i) {
    const CanvasId canvas = "canvas-" + std::to_string(i);
    digest = digest * 31 + shared_.ledger.sum_at(canvas, shared_.ledger.last_seq(canvas));
  }
  return digest;
}

Verdict play(const Plan& plan, bool is_tracing) {
  SimWorld world(plan, is_tracing);
  Verdict verdict;
  try {
    world.play();
  } catch (const Complaint& complaint) {
    verdict.complaint = complaint.what();
  }
  verdict.trace = world.shared().lines;
  verdict.counts = world.shared().counts;
  verdict.digest = world.digest();
  return verdict;
}

}  // namespace weft::sim
