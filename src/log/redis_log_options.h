// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::log {

/// Numbers above this cannot be told apart by Redis's scripts, whose numbers are doubles.
inline constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 53;
/// Actor numbers that come with opening a canvas, and with each later reservation.
inline constexpr std::uint64_t kActorsPerOpen = 256;
inline constexpr std::uint64_t kActorsPerRedisReservation = 4'096;
/// How far a restored canvas jumps over the highest actor that is known: others may have had higher
/// ones, but not as many.
inline constexpr std::uint64_t kActorsJump = std::uint64_t{1} << 24;
/// Bytes of announced entries per canvas that are kept while those before them are missing.
inline constexpr std::size_t kAheadBytesMax = 1 << 20;
/// Bytes of entries per shard that are not known to be in the archive; then pushes are refused.
inline constexpr std::size_t kUnarchivedBytesMax = 64 << 20;

struct RedisLogOptions {
  using milliseconds = std::chrono::milliseconds;

  /// This instance among those that share the Redis, the shard included. Of two that know equally
  /// much of a lost canvas, the higher name restores it.
  std::string node;
  /// Entries are told only when they are in the archive too. Requires: there is one.
  bool acks_from_archive = false;
  /// How long a Redis that has just started is given for instances to bring back what it lost,
  /// before an unknown canvas is taken as new.
  std::chrono::seconds settle{5};

  /// After which an open fails when Redis cannot be reached.
  milliseconds open_patience{10'000};
  /// How long others may offer more before a lost canvas is restored, and after which nobody is
  /// waited for any longer.
  milliseconds offer_wait{1'000};
  milliseconds offer_wait_max{3'000};
  milliseconds offer_stands{5'000};
  /// After which an entry is fetched that Redis has and the channel does not bring.
  milliseconds gap_patience{200};
  /// Pushes are taken and kept this long while Redis takes none; then they are refused.
  milliseconds refuse_after{1'000};
  /// Between attempts while Redis cannot be reached or refuses: doubles from one to the other.
  milliseconds retry_min{100};
  milliseconds retry_max{2'000};
  /// How long appends of a closed canvas are tried.
  milliseconds leave_patience{30'000};
  /// After which others' entries are handed to the archive, for their instance may have died.
  milliseconds archive_patience{2'000};
  /// How long Redis keeps a canvas that is closed and archived.
  milliseconds keep_closed{3'600'000};
};

}  // namespace weft::log
