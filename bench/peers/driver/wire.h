// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deliveries.h"
#include "person.h"
#include "util/bytes.h"
#include "websocket/frame_header.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weft::peers {

/// What people do in a run.
enum class Deed : std::uint8_t {
  /// Everyone moves a cursor: fresh or worthless.
  cursors,
  /// Everyone edits an entity of their own: never to be lost.
  edits,
  /// Everyone joins and stays silent.
  idle,
};

/// How one kind of server wants to be spoken to. Sans-io: takes and appends bytes.
///
/// A deed carries two numbers, x the stamp of its sending and y the person's mark, in
/// whatever form that server's own clients give to a position. The same two are looked for in all
/// that comes back.
class Wire {
 public:
  struct Upgrade {
    std::string path;
    /// Sec-WebSocket-Protocol; empty: none.
    std::string_view subprotocol;
  };

  virtual ~Wire() = default;

  [[nodiscard]] virtual Upgrade upgrade(const Person& person) const = 0;
  /// Appends what a client sends as soon as the socket is open. May set person.has_joined.
  virtual void open(Person& person, Bytes& out) = 0;
  /// Takes one message. Appends what a client answers, sets person.has_joined when it may begin,
  /// and counts the deeds of others.
  virtual void receive(Person& person, websocket::Opcode opcode, ByteView payload, Bytes& out,
                       Deliveries& deliveries) = 0;
  /// Appends one deed. Requires: person.has_joined.
  virtual void act(Person& person, std::uint32_t stamp, Bytes& out) = 0;
};

/// The wire of that name, or nothing. `hello` is what a wire may need to know of its server.
[[nodiscard]] std::unique_ptr<Wire> make_wire(std::string_view name, Deed deed, std::string hello);

/// The names, for messages to people.
[[nodiscard]] std::string_view wire_names();

// One for each wire.
[[nodiscard]] std::unique_ptr<Wire> make_limit_wire();
[[nodiscard]] std::unique_ptr<Wire> make_weft_wire(Deed deed);
[[nodiscard]] std::unique_ptr<Wire> make_bun_wire();
[[nodiscard]] std::unique_ptr<Wire> make_socketio_wire();
[[nodiscard]] std::unique_ptr<Wire> make_nchan_wire();
[[nodiscard]] std::unique_ptr<Wire> make_y_websocket_wire(Deed deed);
[[nodiscard]] std::unique_ptr<Wire> make_hocuspocus_wire(Deed deed);
[[nodiscard]] std::unique_ptr<Wire> make_tldraw_wire(std::string schema);

}  // namespace weft::peers
