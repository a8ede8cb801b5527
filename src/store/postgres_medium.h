// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/medium.h"
#include "store/postgres_connection.h"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>

namespace weft::store {

/// A database that several instances share, as the medium of a queued store. Writes that follow on
/// each other are one transaction, which first locks the canvases it touches, in the order of their
/// ids: so transactions of several instances wait for each other and never in a circle, and an
/// epoch stays what it was found to be until the commit. A read is a statement of its own.
class PostgresMedium final : public Medium {
 public:
  using Tell = std::function<void(const std::string& sentence)>;
  /// `on_damage` is told when a row cannot be kept because another one is in its place.
  PostgresMedium(const PostgresTarget& target, PostgresDeadlines deadlines, Tell on_damage);

  void carry_out(std::span<Call> calls) override;
  void check() override;

  [[nodiscard]] PostgresConnection& connection() { return connection_; }

 private:
  struct Canvas {
    std::uint64_t id = 0;
    std::uint64_t epoch = 0;
  };
  using Canvases = std::map<CanvasId, Canvas>;

  void read(Call& call);
  [[nodiscard]] StoredCanvas load(const LoadCall& call);
  [[nodiscard]] std::uint64_t take_actors(const LoadCall& call);
  [[nodiscard]] Result<std::uint64_t, StoreError> reserve_actors(const ReserveActorsCall& call);
  [[nodiscard]] bool exists(const CanvasId& canvas);
  [[nodiscard]] std::vector<LastSeen> load_last_seen(const CanvasId& canvas);

  void write(std::span<Call> calls);
  void write_once(std::span<Call> calls);
  [[nodiscard]] Canvases lock(std::span<const Call> calls);
  void append(std::span<Call> calls, const Canvases& canvases);
  void find_damage(const PgParams& rows, std::span<AppendCall* const> appended);
  void save_snapshot(const SaveSnapshotCall& call, const Canvases& canvases);
  void delete_in_pieces(const PgStatement& statement, std::uint64_t canvas);
  [[nodiscard]] bool start_over(const StartOverCall& call, Canvases& canvases);
  void save_last_seen(std::span<const Call> calls, const Canvases& canvases);

  const PostgresTarget target_;
  const Tell on_damage_;
  PostgresConnection connection_;
};

/// What to do after a failure.
[[nodiscard]] MediumError to_medium_error(const PgError& error, const PostgresTarget& target);

}  // namespace weft::store
