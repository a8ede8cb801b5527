// SPDX-License-Identifier: Apache-2.0
#include "sim/random_edit.h"

#include "protocol/msgpack.h"
#include "protocol/ops.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weft::sim {

namespace {

using Properties = std::map<std::string, Bytes>;

std::string node_id(Random& random) {
  return std::string("n") + static_cast<char>('a' + random.below(16));
}

std::string link_id(Random& random) {
  return std::string("l") + static_cast<char>('a' + random.below(8));
}

std::string other_than(const std::string& id, Random& random) {
  std::string other = node_id(random);
  while (other == id) other = node_id(random);
  return other;
}

Bytes packed(std::string_view text) {
  Bytes out;
  protocol::append_string(out, text);
  return out;
}

Bytes any_value(Random& random, std::size_t text_bytes_max) {
  Bytes out;
  switch (random.below(8)) {
    case 0:
      protocol::append_nil(out);
      break;
    case 1:
      protocol::append_string(out, std::string(random.below(text_bytes_max), 'v'));
      break;
    case 2:
      protocol::append_float(out, static_cast<float>(random.below(1000)) / 8);
      break;
    case 3:
      protocol::append_array(out, 2);
      protocol::append_bool(out, random.one_in(2));
      protocol::append_binary(out, std::string(random.below(9), '\xfe'));
      break;
    case 4:
      out = Bytes("\xcd\x00\x07", 3);  // not the shortest form: kept as it is
      break;
    default:
      protocol::append_int(out, static_cast<std::int64_t>(random.below(2000)) - 1000);
  }
  return out;
}

Properties any_properties(Random& random, std::size_t text_bytes_max) {
  Properties properties;
  for (std::size_t count = random.below(4); count > 0; --count) {
    properties[std::string(1, static_cast<char>('p' + random.below(7)))] =
        any_value(random, text_bytes_max);
  }
  return properties;
}

void put_parent(Properties& properties, const std::string& id, Random& random) {
  Bytes value;
  switch (random.below(6)) {
    case 0:
      protocol::append_nil(value);
      break;
    case 1:
      protocol::append_parent(value, {.id = {}, .index = "a1"});
      break;
    default: {
      const std::string parent = other_than(id, random);
      const std::string index = "a" + std::to_string(random.below(10));
      protocol::append_parent(value, {.id = parent, .index = index});
    }
  }
  properties["parent"] = value;
}

std::vector<protocol::Property> listed(const Properties& properties) {
  std::vector<protocol::Property> list;
  for (const auto& [key, value] : properties) list.push_back({key, value});
  return list;
}

void append_random_op(Bytes& out, Random& random, std::size_t text_bytes_max) {
  const std::size_t which = random.below(20);
  if (which < 7) {
    const std::string id = node_id(random);
    Properties properties = any_properties(random, text_bytes_max);
    if (random.one_in(4)) put_parent(properties, id, random);
    const std::string type = random.one_in(20) ? "note" : "concept";
    protocol::append_create(out, id, type, listed(properties));
  } else if (which < 10) {
    const std::string id = link_id(random);
    Properties properties = any_properties(random, text_bytes_max);
    properties["from"] = packed(node_id(random));
    properties["to"] = packed(node_id(random));
    protocol::append_create(out, id, protocol::kLinkType, listed(properties));
  } else if (which < 13) {
    const std::string id = random.one_in(4) ? link_id(random) : node_id(random);
    protocol::append_set(out, id, listed(any_properties(random, text_bytes_max)));
  } else if (which < 16) {
    const std::string id = node_id(random);
    Properties properties;
    put_parent(properties, id, random);
    protocol::append_set(out, id, listed(properties));
  } else if (which < 17) {
    Properties properties;
    properties[random.one_in(2) ? "from" : "to"] = packed(node_id(random));
    protocol::append_set(out, link_id(random), listed(properties));
  } else {
    protocol::append_erase(out, random.one_in(3) ? link_id(random) : node_id(random));
  }
}

}  // namespace

Bytes random_edit(Random& random, std::size_t text_bytes_max) {
  const std::size_t count =
      random.one_in(30) ? random.between(5, 30) : random.between(random.one_in(10) ? 0 : 1, 3);
  Bytes out;
  protocol::append_array(out, static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) append_random_op(out, random, text_bytes_max);
  return out;
}

Bytes misshapen_edit(Random& random) {
  Bytes out;
  const auto one_op = [&](std::uint32_t items, std::uint64_t kind) {
    protocol::append_array(out, 1);
    protocol::append_array(out, items);
    protocol::append_uint(out, kind);
  };
  switch (random.below(8)) {
    case 0:
      protocol::append_uint(out, 7);  // no array
      break;
    case 1:
      one_op(4, 3);  // text ops are reserved
      for (const char* item : {"na", "title", "x"}) protocol::append_string(out, item);
      break;
    case 2:
      one_op(2, 99);
      protocol::append_nil(out);
      break;
    case 3:
      one_op(2, 2);
      protocol::append_string(out, "");
      break;
    case 4:  // one key twice
      one_op(3, 1);
      protocol::append_string(out, "na");
      protocol::append_map(out, 2);
      for (const char* item : {"p", "x", "p", "y"}) protocol::append_string(out, item);
      break;
    case 5:  // a link without its ends
      one_op(4, 0);
      protocol::append_string(out, "la");
      protocol::append_string(out, "link");
      protocol::append_map(out, 0);
      break;
    case 6: {  // its own parent, behind an op that is good
      protocol::append_array(out, 2);
      protocol::append_erase(out, "nb");
      Bytes value;
      protocol::append_parent(value, {.id = "na", .index = "a"});
      protocol::append_set(out, "na", std::vector<protocol::Property>{{"parent", value}});
      break;
    }
    default:
      protocol::append_array(out, 2000);  // over push_ops_max
      for (int i = 0; i < 2000; ++i) protocol::append_nil(out);
  }
  return out;
}

}  // namespace weft::sim
