// SPDX-License-Identifier: Apache-2.0
#include "concept/property_map.h"

#include "concept/encoded_size.h"
#include "protocol/msgpack.h"

#include <cstring>

namespace weft::concept_sync {

namespace {

using protocol::Property;

/// What stands before each property in memory. Only ever read by the process that wrote it.
struct Lengths {
  std::uint32_t key_bytes = 0;
  std::uint32_t value_bytes = 0;
};

/// Takes the first property off `records`, which must not be empty.
Property take_first(ByteView& records) {
  Lengths lengths;
  std::memcpy(&lengths, records.data(), sizeof lengths);
  const Property property{records.substr(sizeof lengths, lengths.key_bytes),
                          records.substr(sizeof lengths + lengths.key_bytes, lengths.value_bytes)};
  records.remove_prefix(sizeof lengths + lengths.key_bytes + lengths.value_bytes);
  return property;
}

std::size_t record_bytes(const Property& property) {
  return sizeof(Lengths) + property.key.size() + property.value.size();
}

}  // namespace

bool is_nil(ByteView value) {
  return value == "\xc0";
}

std::size_t PropertyMap::encoded_bytes() const {
  return map_header_bytes(count_) + pairs_bytes_;
}

std::optional<ByteView> PropertyMap::find(std::string_view key) const {
  for (ByteView rest = records_; !rest.empty();) {
    const Property property = take_first(rest);
    if (property.key == key) return property.value;
  }
  return std::nullopt;
}

PropertyMap PropertyMap::with(std::span<const Property> changes) const {
  PropertyMap after;
  std::size_t bytes_max = records_.size();
  for (const Property& change : changes) bytes_max += record_bytes(change);
  after.records_.reserve(bytes_max);

  ByteView rest = records_;
  for (const Property& change : changes) {
    while (!rest.empty()) {
      ByteView after_next = rest;
      const Property next = take_first(after_next);
      if (next.key > change.key) break;
      if (next.key < change.key) after.add(next);
      rest = after_next;
    }
    if (!is_nil(change.value)) after.add(change);
  }
  while (!rest.empty()) after.add(take_first(rest));
  return after;
}

void PropertyMap::append_to(Bytes& out) const {
  protocol::append_map(out, count_);
  for (ByteView rest = records_; !rest.empty();) {
    const Property property = take_first(rest);
    protocol::append_string(out, property.key);
    out.append(property.value);
  }
}

void PropertyMap::add(const Property& property) {
  const Lengths lengths{static_cast<std::uint32_t>(property.key.size()),
                        static_cast<std::uint32_t>(property.value.size())};
  char header[sizeof lengths];
  std::memcpy(header, &lengths, sizeof lengths);
  records_.append(header, sizeof header);
  records_.append(property.key);
  records_.append(property.value);
  ++count_;
  pairs_bytes_ += static_cast<std::uint32_t>(string_bytes(property.key) + property.value.size());
}

}  // namespace weft::concept_sync
