// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/postgres_connection.h"

#include <string>
#include <vector>

namespace weft::store {

/// Makes the schema `weft` in the database, or brings it to the version that this program knows.
/// Any number of instances may do so at once. Throws PgError with a sentence for operators when
/// that cannot be.
void prepare_schema(PostgresConnection& connection, const PostgresTarget& target);

/// Expects the schema as prepare_schema left it.
void check_schema(PostgresConnection& connection);

/// What the server's settings mean for the store's promises: sentences, none when all is well.
/// Throws PgError when the store cannot work with them at all.
[[nodiscard]] std::vector<std::string> check_settings(PostgresConnection& connection,
                                                      const PostgresTarget& target);

/// A failure to connect or to prepare the schema, in a sentence that says what to do.
[[nodiscard]] std::string explain(const PgError& error, const PostgresTarget& target);

}  // namespace weft::store
