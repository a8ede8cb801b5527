// SPDX-License-Identifier: Apache-2.0
#include "protocol/client_writer.h"

#include "protocol/coordinate.h"
#include "protocol/msgpack.h"

#include <array>
#include <string_view>

namespace weft::protocol {
namespace {

void append_head(Bytes& out, std::uint32_t items, ClientKind kind) {
  append_array(out, items);
  append_uint(out, static_cast<std::uint64_t>(kind));
}

void append_since(Bytes& out, const Since& since) {
  append_array(out, since.sum ? 3 : 2);
  append_uint(out, since.epoch);
  append_uint(out, since.seq);
  if (!since.sum) return;
  std::array<char, sizeof(Sum)> bytes;
  Sum sum = *since.sum;
  for (char& byte : bytes) {
    byte = static_cast<char>(sum >> 56);
    sum <<= 8;
  }
  append_binary(out, {bytes.data(), bytes.size()});
}

}  // namespace

void append_hello(Bytes& out, const Hello& hello) {
  const std::pair<std::string_view, std::string_view> texts[] = {
      {"token", hello.token}, {"name", hello.name}, {"sdk", hello.sdk}};
  std::uint32_t entries = 1;
  for (const auto& [key, text] : texts) entries += text.empty() ? 0 : 1;
  entries += hello.since ? 1 : 0;
  entries += hello.presence.empty() ? 0 : 1;

  append_head(out, 2, ClientKind::hello);
  append_map(out, entries);
  append_string(out, "client");
  append_string(out, hello.client);
  for (const auto& [key, text] : texts) {
    if (text.empty()) continue;
    append_string(out, key);
    append_string(out, text);
  }
  if (hello.since) {
    append_string(out, "since");
    append_since(out, *hello.since);
  }
  if (!hello.presence.empty()) {
    append_string(out, "presence");
    out.append(hello.presence);
  }
}

void append_cursor(Bytes& out, const Cursor& cursor) {
  append_head(out, cursor.hidden ? 2 : 3, ClientKind::cursor);
  if (cursor.hidden) {
    append_nil(out);
    return;
  }
  append_coordinate(out, cursor.x);
  append_coordinate(out, cursor.y);
}

void append_view(Bytes& out, const View& view) {
  append_head(out, 2, ClientKind::view);
  if (!view.rect) {
    append_nil(out);
    return;
  }
  append_array(out, 4);
  for (const float edge : {view.rect->x0, view.rect->y0, view.rect->x1, view.rect->y1}) {
    append_coordinate(out, edge);
  }
}

void append_push(Bytes& out, const Push& push) {
  append_head(out, 3, ClientKind::push);
  append_uint(out, push.n);
  out.append(push.ops);
}

}  // namespace weft::protocol
