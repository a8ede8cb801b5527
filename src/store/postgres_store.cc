// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_store.h"

#include "store/postgres_medium.h"
#include "store/postgres_schema.h"

#include <optional>
#include <utility>

namespace weft::store {

namespace {

/// Connects again after an outage. The schema is expected as it was left.
std::unique_ptr<Medium> reopen(const PostgresTarget& target, PostgresDeadlines deadlines,
                               const PostgresOptions& options) {
  try {
    auto medium = std::make_unique<PostgresMedium>(target, deadlines, options.on_damage);
    // Its sentences were told when the store was opened.
    (void)check_settings(medium->connection(), target);
    check_schema(medium->connection());
    return medium;
  } catch (const PgError& error) {
    throw MediumError(MediumError::Remedy::open_again, error.what());
  }
}

}  // namespace

Result<std::unique_ptr<PostgresStore>, StoreError> PostgresStore::open(const std::string& conninfo,
                                                                       PostgresOptions options) {
  const auto refuse = [](std::string sentence) {
    return Failure(StoreError{.errc = StoreErrc::unavailable, .detail = std::move(sentence)});
  };
  if (!options.on_damage) options.on_damage = options.on_notice;
  std::optional<PostgresTarget> target;
  try {
    target.emplace(conninfo);
  } catch (const PgError& error) {
    return refuse(error.what());
  }
  const PostgresDeadlines deadlines{.connect = options.connect_deadline,
                                    .answer = options.answer_deadline};
  try {
    auto medium = std::make_unique<PostgresMedium>(*target, deadlines, options.on_damage);
    for (const std::string& sentence : check_settings(medium->connection(), *target)) {
      if (options.on_notice) options.on_notice(sentence);
    }
    prepare_schema(medium->connection(), *target);
    QueueOptions queue;
    queue.name = target->name();
    queue.meanwhile = "what is to be kept there waits until it can";
    queue.on_fatal = options.on_fatal;
    queue.on_notice = options.on_notice;
    queue.retry_min = options.retry_min;
    queue.retry_max = options.retry_max;
    queue.batch_bytes_max = options.batch_bytes_max;
    queue.check_every = options.check_every;
    queue.reopen = [target = *target, deadlines, options] {
      return reopen(target, deadlines, options);
    };
    return std::unique_ptr<PostgresStore>(new PostgresStore(std::move(queue), std::move(medium)));
  } catch (const PgError& error) {
    return refuse(explain(error, *target));
  }
}

}  // namespace weft::store
