// SPDX-License-Identifier: Apache-2.0
#include "sim/ledger.h"

#include "sim/complaint.h"
#include "support/document_bytes.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace weft::sim {

void Ledger::commit(const CanvasId& id, const store::LogRow& row) {
  Canvas& canvas = canvases_.try_emplace(id, limits_).first->second;
  const std::string place = id + " seq " + std::to_string(row.seq);
  if (row.seq != canvas.entries.size() + 1) {
    complain("committed " + place + " after " + std::to_string(canvas.entries.size()));
  }
  if (row.sum != log::next_sum(sum_at(id, row.seq - 1), row.push)) {
    complain("committed " + place + " with a sum that does not chain");
  }
  auto push = log::decode_push(row.push);
  if (!push) complain("committed " + place + ", which is no push");
  auto& seqs = canvas.seqs[push->client];
  if (push->n != seqs.size() + 1) {
    complain("committed " + place + ": " + push->client + " n " + std::to_string(push->n) +
             " after " + std::to_string(seqs.size()));
  }
  seqs.push_back(row.seq);
  const auto decoded = protocol::decode_ops(push->ops, limits_, ops_);
  if (!decoded) complain("committed " + place + " with ops of a bad shape");
  auto outcome = canvas.document.apply(ops_);
  canvas.entries.push_back(
      {row.seq, row.sum, *std::move(push), outcome.kind, std::move(outcome.effective),
       outcome.rejection ? std::string(name_of(outcome.rejection->code)) : ""});
}

const Ledger::Canvas* Ledger::find(const CanvasId& canvas) const {
  const auto found = canvases_.find(canvas);
  return found == canvases_.end() ? nullptr : &found->second;
}

const Ledger::Entry& Ledger::entry(const CanvasId& id, std::uint64_t seq) const {
  const Canvas* canvas = find(id);
  if (canvas == nullptr || seq == 0 || seq > canvas->entries.size()) {
    complain(id + " seq " + std::to_string(seq) + " was told and is not committed");
  }
  return canvas->entries[seq - 1];
}

std::uint64_t Ledger::last_seq(const CanvasId& id) const {
  const Canvas* canvas = find(id);
  return canvas == nullptr ? 0 : canvas->entries.size();
}

protocol::Sum Ledger::sum_at(const CanvasId& id, std::uint64_t seq) const {
  return seq == 0 ? 0 : entry(id, seq).sum;
}

std::uint64_t Ledger::n_at(const CanvasId& id, const ClientId& client, std::uint64_t seq) const {
  const Canvas* canvas = find(id);
  if (canvas == nullptr) return 0;
  const auto found = canvas->seqs.find(client);
  if (found == canvas->seqs.end()) return 0;
  const auto& seqs = found->second;
  return static_cast<std::uint64_t>(std::ranges::upper_bound(seqs, seq) - seqs.begin());
}

std::optional<std::uint64_t> Ledger::seq_of(const CanvasId& id, const ClientId& client,
                                            std::uint64_t n) const {
  const Canvas* canvas = find(id);
  if (canvas == nullptr) return std::nullopt;
  const auto found = canvas->seqs.find(client);
  if (found == canvas->seqs.end() || n == 0 || n > found->second.size()) return std::nullopt;
  return found->second[n - 1];
}

Bytes Ledger::canonical(const CanvasId& id) const {
  const Canvas* canvas = find(id);
  return canvas == nullptr ? Bytes() : test::bytes_of(canvas->document);
}

}  // namespace weft::sim
