// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft::protocol {

inline constexpr std::size_t kKiB = 1024;

/// Every bound that a client can run into, by the name under which welcome announces it and errors
/// quote it. Sizes are encoded MessagePack bytes. Those that the log depends
/// on are constants of protocol version 1 (decision 0006); the others can be set (docs/operations.md).
struct Limits {
  std::size_t frame_bytes_max = 1024 * kKiB;
  /// Until the token is verified a message may have this much and no more.
  std::size_t hello_bytes_max = 16 * kKiB;
  std::size_t push_ops_max = 1'000;
  std::size_t entity_bytes_max = 64 * kKiB;
  std::size_t entities_max = 100'000;
  std::size_t document_bytes_max = 64 * 1024 * kKiB;
  std::size_t presence_bytes_max = 4 * kKiB;
  std::size_t event_bytes_max = 16 * kKiB;
  std::uint32_t cursors_per_second = 120;
  std::uint32_t pushes_per_second = 1'000;
  std::uint32_t events_per_second = 100;
  std::uint32_t presence_per_second = 60;
};

/// Nesting of arrays and maps inside one message, the message itself included (P5).
inline constexpr int kDepthMax = 16;
/// Nesting of a presence map or patch, the map itself included: the server shows it two levels
/// deeper than hello carries it, and what it sends stays within kDepthMax too.
inline constexpr int kPresenceDepthMax = kDepthMax - 4;
/// Characters of an entity id, a property key, an entity type (C4) and a client id (C1).
inline constexpr std::size_t kIdCharsMax = 64;
/// Characters of a canvas id (P1).
inline constexpr std::size_t kCanvasIdCharsMax = 128;
/// Characters of the fractional index in a `parent` property.
inline constexpr std::size_t kIndexCharsMax = 64;
/// Bytes of a name in hello (development mode) and of an event's name.
inline constexpr std::size_t kNameBytesMax = 256;
inline constexpr std::size_t kEventNameBytesMax = 64;

}  // namespace weft::protocol
