// SPDX-License-Identifier: Apache-2.0
#include "log/history.h"

#include "protocol/msgpack.h"

#include <map>
#include <utility>

namespace weft::log {

namespace {

constexpr std::uint64_t kSnapshotVersion = 1;
/// version, clients, state.
constexpr std::uint32_t kSnapshotFields = 3;
/// client, user, n.
constexpr std::uint32_t kClientFields = 3;

std::string sentence(const CanvasId& canvas, std::uint64_t seq, std::string_view what) {
  std::string out = "Canvas " + canvas + " is damaged at seq " + std::to_string(seq) + ": ";
  return out.append(what).append(" It stays closed until somebody looks.");
}

}  // namespace

Bytes encode_snapshot(const Snapshot& snapshot) {
  Bytes out;
  out.reserve(snapshot.state.size() + snapshot.clients.size() * 64 + 16);
  protocol::append_array(out, kSnapshotFields);
  protocol::append_uint(out, kSnapshotVersion);
  protocol::append_array(out, static_cast<std::uint32_t>(snapshot.clients.size()));
  for (const ClientMark& mark : snapshot.clients) {
    protocol::append_array(out, kClientFields);
    protocol::append_string(out, mark.client);
    protocol::append_string(out, mark.user);
    protocol::append_uint(out, mark.n);
  }
  protocol::append_binary(out, snapshot.state);
  return out;
}

Result<Snapshot, protocol::DecodeError> decode_snapshot(const store::SnapshotRow& row) {
  protocol::MsgpackReader reader(row.state);
  auto fields = reader.read_array();
  if (!fields) return Failure(fields.error());
  auto version = reader.read_uint();
  if (!version) return Failure(version.error());
  if (*fields != kSnapshotFields || *version != kSnapshotVersion) {
    return Failure(protocol::DecodeError{"The snapshot has another format.", 0});
  }
  auto count = reader.read_array();
  if (!count) return Failure(count.error());
  Snapshot snapshot{.seq = row.seq, .sum = row.sum, .state = {}, .clients = {}};
  for (std::uint32_t i = 0; i < *count; ++i) {
    auto client_fields = reader.read_array();
    if (!client_fields) return Failure(client_fields.error());
    if (*client_fields != kClientFields) {
      return Failure(protocol::DecodeError{"A client's mark has three fields.", reader.offset()});
    }
    auto client = reader.read_string();
    if (!client) return Failure(client.error());
    auto user = reader.read_string();
    if (!user) return Failure(user.error());
    auto n = reader.read_uint();
    if (!n) return Failure(n.error());
    snapshot.clients.push_back({.client = ClientId(*client), .user = UserId(*user), .n = *n});
  }
  auto state = reader.read_binary();
  if (!state) return Failure(state.error());
  if (!reader.at_end()) {
    return Failure(protocol::DecodeError{"Bytes follow after the snapshot.", reader.offset()});
  }
  snapshot.state = Bytes(*state);
  return snapshot;
}

Result<History, std::string> read_history(const CanvasId& canvas, store::StoredCanvas stored) {
  History history;
  auto newer = stored.snapshots.empty() ? nullptr : &stored.snapshots.back();
  // A canvas that was started over has one snapshot, and no entries before it.
  const bool begins_at_snapshot =
      stored.snapshots.size() == 1 && (stored.log.empty() || stored.log.front().seq > newer->seq);
  if (stored.snapshots.size() == 2 || begins_at_snapshot) {
    auto base = decode_snapshot(stored.snapshots.front());
    if (!base) {
      return Failure(sentence(canvas, stored.snapshots.front().seq, base.error().what));
    }
    history.base = *std::move(base);
  }
  std::map<ClientId, ClientMark> marks;
  for (const ClientMark& mark : history.base.clients) marks[mark.client] = mark;

  std::uint64_t seq = history.base.seq;
  protocol::Sum sum = history.base.sum;
  history.tail.reserve(stored.log.size());
  for (store::LogRow& row : stored.log) {
    if (row.seq != ++seq) return Failure(sentence(canvas, seq, "this entry is missing."));
    sum = next_sum(sum, row.push);
    if (row.sum != sum) {
      return Failure(sentence(canvas, seq, "its sum is not that of its bytes and the sum before."));
    }
    auto push = decode_push(row.push);
    if (!push) return Failure(sentence(canvas, seq, push.error().what));
    auto [found, is_new] = marks.try_emplace(push->client, ClientMark{push->client, push->user, 0});
    ClientMark& mark = found->second;
    if (push->n != mark.n + 1 || push->user != mark.user) {
      return Failure(sentence(canvas, seq, "it does not follow its client's last push."));
    }
    mark.n = push->n;
    if (newer != nullptr && newer->seq == seq && newer->sum != sum) {
      return Failure(sentence(canvas, seq, "the snapshot's sum is not the log's."));
    }
    history.tail.push_back({.seq = seq, .sum = sum, .push = *std::move(push)});
    row.push.clear();
    row.push.shrink_to_fit();
  }
  if (newer != nullptr && newer->seq > seq) {
    return Failure(sentence(canvas, seq + 1, "the log ends before the newest snapshot."));
  }
  if (newer != nullptr) history.newest_snapshot_seq = newer->seq;
  for (auto& [client, mark] : marks) history.clients.push_back(std::move(mark));
  return history;
}

}  // namespace weft::log
