// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include <utility>

namespace weft::peers {

std::unique_ptr<Wire> make_wire(std::string_view name, Deed deed, std::string hello) {
  if (name == "limit") return make_limit_wire();
  if (name == "weft") return make_weft_wire(deed);
  if (name == "bun") return make_bun_wire();
  if (name == "socketio") return make_socketio_wire();
  if (name == "nchan") return make_nchan_wire();
  if (name == "y-websocket") return make_y_websocket_wire(deed);
  if (name == "hocuspocus") return make_hocuspocus_wire(deed);
  if (name == "tldraw") return make_tldraw_wire(std::move(hello));
  return nullptr;
}

std::string_view wire_names() {
  return "limit, weft, bun, socketio, nchan, y-websocket, hocuspocus, tldraw";
}

}  // namespace weft::peers
