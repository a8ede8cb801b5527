// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "concept/document.h"
#include "log/entry.h"
#include "protocol/codes.h"
#include "protocol/limits.h"
#include "protocol/ops.h"
#include "store/store.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weft::sim {

/// Everything that was ever committed, whatever the store has trimmed since: what clients are told
/// is held against it. Written by the store at the moment of commit.
class Ledger {
 public:
  explicit Ledger(const protocol::Limits& limits) : limits_(limits) {}

  struct Entry {
    std::uint64_t seq = 0;
    protocol::Sum sum = 0;
    log::Push push;
    // What the push does to the document that all entries before it have made.
    protocol::AckOutcome outcome = protocol::AckOutcome::commit;
    Bytes effective;
    std::string rejection;  // the code's name, when rejected
  };

  /// Complains about a hole, a seq or an n that is given twice, and a sum that does not chain.
  void commit(const CanvasId& canvas, const store::LogRow& row);

  /// Complains when the seq is not committed: nobody may have been told of it (S5).
  [[nodiscard]] const Entry& entry(const CanvasId& canvas, std::uint64_t seq) const;
  [[nodiscard]] std::uint64_t last_seq(const CanvasId& canvas) const;
  /// 0 before the first entry.
  [[nodiscard]] protocol::Sum sum_at(const CanvasId& canvas, std::uint64_t seq) const;
  /// The client's highest n in the entries up to `seq`.
  [[nodiscard]] std::uint64_t n_at(const CanvasId& canvas, const ClientId& client,
                                   std::uint64_t seq) const;
  /// Where the client's push stands, or nothing.
  [[nodiscard]] std::optional<std::uint64_t> seq_of(const CanvasId& canvas, const ClientId& client,
                                                    std::uint64_t n) const;
  /// The document that all entries make, as Replica::canonical gives it.
  [[nodiscard]] Bytes canonical(const CanvasId& canvas) const;

  [[nodiscard]] const protocol::Limits& limits() const { return limits_; }

 private:
  struct Canvas {
    explicit Canvas(const protocol::Limits& limits) : document(limits) {}
    std::vector<Entry> entries;                           // entries[i] has seq i + 1
    std::map<ClientId, std::vector<std::uint64_t>> seqs;  // of each client's n = 1, 2, 3 …
    concept_sync::Document document;
  };
  [[nodiscard]] const Canvas* find(const CanvasId& canvas) const;

  protocol::Limits limits_;
  std::map<CanvasId, Canvas> canvases_;
  protocol::OpList ops_;
};

}  // namespace weft::sim
