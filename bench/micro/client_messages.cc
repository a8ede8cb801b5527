// SPDX-License-Identifier: Apache-2.0
#include "micro/client_messages.h"

#include "protocol/messages.h"
#include "protocol/msgpack.h"
#include "protocol/ops.h"
#include "websocket/masking.h"

#include <array>

namespace weft::bench {

using namespace protocol;

Bytes hello(std::string_view client) {
  Bytes out;
  append_array(out, 2);
  append_uint(out, static_cast<std::uint64_t>(ClientKind::hello));
  append_map(out, 2);
  append_string(out, "client");
  append_string(out, client);
  append_string(out, "name");
  append_string(out, "Ada Lovelace");
  return out;
}

Bytes cursor(float x, float y) {
  Bytes out;
  append_array(out, 3);
  append_uint(out, static_cast<std::uint64_t>(ClientKind::cursor));
  append_float(out, x);
  append_float(out, y);
  return out;
}

Bytes view(float x0, float y0, float x1, float y1) {
  Bytes out;
  append_array(out, 2);
  append_uint(out, static_cast<std::uint64_t>(ClientKind::view));
  append_array(out, 4);
  for (const float edge : {x0, y0, x1, y1}) append_float(out, edge);
  return out;
}

std::string entity_id(std::uint64_t number) {
  constexpr std::size_t kIdChars = 21;
  // Scattered like random ids, so that neighbours in time are none in the document's tree.
  std::string digits = std::to_string(number * 0x9e37'79b9'7f4a'7c15U);
  digits.resize(kIdChars, 'x');
  return digits;
}

void append_create(Bytes& ops, std::string_view id, std::uint64_t number) {
  append_array(ops, 4);
  append_uint(ops, static_cast<std::uint64_t>(OpKind::create));
  append_string(ops, id);
  append_string(ops, "concept");
  append_map(ops, 3);
  append_string(ops, "title");
  append_string(ops, "A thought of some length");
  append_string(ops, "x");
  append_uint(ops, number % 4000);
  append_string(ops, "y");
  append_uint(ops, number / 4000);
}

void append_move(Bytes& ops, std::string_view id, std::uint64_t x, std::uint64_t y) {
  append_array(ops, 3);
  append_uint(ops, static_cast<std::uint64_t>(OpKind::set));
  append_string(ops, id);
  append_map(ops, 2);
  append_string(ops, "x");
  append_uint(ops, x);
  append_string(ops, "y");
  append_uint(ops, y);
}

Bytes op_array(std::uint32_t count, std::string_view ops) {
  Bytes out;
  append_array(out, count);
  out += ops;
  return out;
}

Bytes push(std::uint64_t n, std::string_view op_array) {
  Bytes out;
  append_array(out, 3);
  append_uint(out, static_cast<std::uint64_t>(ClientKind::push));
  append_uint(out, n);
  out += op_array;
  return out;
}

Bytes client_frame(std::string_view message) {
  constexpr char kFinalBinary = '\x82';
  constexpr unsigned kMasked = 0x80;
  const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xff); };
  const std::size_t size = message.size();
  Bytes frame(1, kFinalBinary);
  if (size < 126) {
    frame += byte(kMasked | size);
  } else if (size < 65'536) {
    frame += byte(kMasked | 126);
    for (const int shift : {8, 0}) frame += byte(size >> shift);
  } else {
    frame += byte(kMasked | 127);
    for (const int shift : {56, 48, 40, 32, 24, 16, 8, 0}) frame += byte(size >> shift);
  }
  websocket::MaskKey key = {'\x37', '\x11', '\x5a', '\x6f'};
  frame.append(key.data(), key.size());
  Bytes payload(message);
  websocket::apply_mask(payload, key);
  return frame + payload;
}

}  // namespace weft::bench
