// SPDX-License-Identifier: Apache-2.0
#include "router/bridge_batch.h"

#include "protocol/limits.h"
#include "protocol/msgpack.h"
#include "router/kept.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace weft::router {

using presence::Activity;
using presence::Farewell;
using presence::LeaveReason;
using presence::Statement;
using protocol::MsgpackReader;

namespace {

constexpr std::uint32_t kParts = 6;
constexpr std::uint32_t kPersonItems = 10;
// Far above what an instance lets in.
constexpr std::size_t kWordBytesMax = std::size_t{64} * 1024;

/// Reads item after item; once something is not as it should be, everything else is nothing too.
class Reader {
 public:
  explicit Reader(ByteView bytes) : reader_(bytes) {}

  [[nodiscard]] bool is_good() const { return good_; }
  [[nodiscard]] bool is_done() const { return good_ && reader_.at_end(); }
  void fail() { good_ = false; }

  std::uint64_t number() { return take(reader_.read_uint()); }
  std::uint64_t number_below(std::uint64_t end) {
    const std::uint64_t value = number();
    if (value >= end) fail();
    return value;
  }
  bool flag() { return take(reader_.read_bool()); }
  std::uint32_t array() { return take(reader_.read_array()); }
  void array_of(std::uint32_t count) {
    if (array() != count) fail();
  }
  std::string_view word() {
    const std::string_view value = take(reader_.read_string());
    if (value.size() > kWordBytesMax) fail();
    return value;
  }
  ByteView value() { return take(reader_.read_value()); }
  float coordinate() {
    const double value = take(reader_.read_number());
    // Also for NaN.
    if (!(std::abs(value) <= std::numeric_limits<float>::max())) fail();
    return good_ ? static_cast<float>(value) : 0;
  }
  ActorId actor() { return {number()}; }

 private:
  template <class T>
  T take(const Result<T, protocol::DecodeError>& result) {
    if (!good_ || !result) {
      good_ = false;
      return {};
    }
    return *result;
  }
  MsgpackReader reader_;
  bool good_ = true;
};

/// Calls `read()` for each item of an array. MessagePack's reader believes no count that the bytes
/// cannot hold, so that what is read is bounded by them.
template <class Read>
void read_each(Reader& reader, Read read) {
  const std::uint32_t count = reader.array();
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) read();
}

BridgeBatch::Cursor read_cursor(Reader& reader) {
  const std::uint32_t items = reader.array();
  BridgeBatch::Cursor cursor{.actor = reader.actor(), .cursor = {.hidden = true}};
  if (items == 1) return cursor;
  if (items != 3) reader.fail();
  cursor.cursor.hidden = false;
  cursor.cursor.x = reader.coordinate();
  cursor.cursor.y = reader.coordinate();
  return cursor;
}

void read_person(Reader& reader, BridgeBatch& into) {
  const std::uint32_t items = reader.array();
  Statement person;
  person.actor = reader.actor();
  if (items == 1) {
    if (!into.is_full) reader.fail();
    into.named.push_back(person.actor);
    return;
  }
  if (items != kPersonItems) reader.fail();
  person.claim = reader.number();
  person.client = reader.word();
  person.user.id = reader.word();
  person.user.name = reader.word();
  person.user.color = reader.word();
  person.user.avatar = reader.word();
  person.presence = reader.value();
  person.activity = static_cast<Activity>(reader.number_below(3));
  person.is_lost = reader.flag();
  into.people.push_back(std::move(person));
}

Farewell read_farewell(Reader& reader) {
  const std::uint32_t items = reader.array();
  Farewell farewell{.actor = reader.actor(), .reason = std::nullopt};
  if (items == 1) return farewell;
  if (items != 2) reader.fail();
  farewell.reason = static_cast<LeaveReason>(reader.number_below(4));
  return farewell;
}

BridgeBatch::Event read_event(Reader& reader) {
  reader.array_of(3);
  const ActorId actor = reader.actor();
  const std::string_view name = reader.word();
  return {.actor = actor, .name = name, .payload = reader.value()};
}

}  // namespace

void BridgeWriter::add_cursor(ActorId actor, const protocol::Cursor& cursor) {
  protocol::append_cursor_entry(cursors_.items, actor, cursor);
  ++cursors_.count;
}

void BridgeWriter::add_person(const Statement& person) {
  Bytes& out = people_.items;
  protocol::append_array(out, kPersonItems);
  protocol::append_uint(out, person.actor.value);
  protocol::append_uint(out, person.claim);
  protocol::append_string(out, person.client);
  protocol::append_string(out, person.user.id);
  protocol::append_string(out, person.user.name);
  protocol::append_string(out, person.user.color);
  protocol::append_string(out, person.user.avatar);
  out.append(person.presence);
  protocol::append_uint(out, static_cast<std::uint64_t>(person.activity));
  protocol::append_bool(out, person.is_lost);
  ++people_.count;
  people_actors_.push_back(person.actor);
  if (out.size() >= kPieceBytesMax) end_people_piece();
}

void BridgeWriter::add_name(ActorId actor) {
  protocol::append_array(people_.items, 1);
  protocol::append_uint(people_.items, actor.value);
  ++people_.count;
}

void BridgeWriter::add_farewell(const Farewell& farewell) {
  Bytes& out = farewells_.items;
  protocol::append_array(out, farewell.reason ? 2 : 1);
  protocol::append_uint(out, farewell.actor.value);
  if (farewell.reason) protocol::append_uint(out, static_cast<std::uint64_t>(*farewell.reason));
  ++farewells_.count;
}

void BridgeWriter::add_event(ActorId actor, std::string_view name, ByteView payload) {
  Bytes& out = events_.items;
  protocol::append_array(out, 3);
  protocol::append_uint(out, actor.value);
  protocol::append_string(out, name);
  out.append(payload);
  ++events_.count;
  if (out.size() >= kPieceBytesMax) end_events_piece();
}

bool BridgeWriter::is_empty() const {
  return cursors_.count == 0 && people_.count == 0 && farewells_.count == 0 && events_.count == 0 &&
         people_pieces_.empty() && event_pieces_.empty();
}

void BridgeWriter::Part::clear() {
  count = 0;
  clear_kept(items);
}

void BridgeWriter::clear() {
  for (Part* part : {&cursors_, &people_, &farewells_, &events_}) part->clear();
  people_pieces_.clear();
  event_pieces_.clear();
  clear_kept(people_actors_);
  people_in_pieces_ = 0;
}

void BridgeWriter::end_people_piece() {
  people_pieces_.push_back(encode(false, {}, people_, {}, {}));
  people_.clear();
  people_in_pieces_ = people_actors_.size();
}

void BridgeWriter::end_events_piece() {
  event_pieces_.push_back(encode(false, {}, {}, {}, events_));
  events_.clear();
}

void BridgeWriter::hand_over(bool is_full, const Publish& publish) {
  // Nobody's event comes before what is told of them.
  if (!event_pieces_.empty() && people_.count > 0) end_people_piece();
  for (auto* pieces : {&people_pieces_, &event_pieces_}) {
    for (Bytes& piece : *pieces) publish(std::move(piece));
  }
  if (is_full) {
    for (std::size_t i = 0; i < people_in_pieces_; ++i) add_name(people_actors_[i]);
  }
  publish(encode(is_full, cursors_, people_, farewells_, events_));
  clear();
}

Bytes BridgeWriter::encode(bool is_full, const Part& cursors, const Part& people,
                           const Part& farewells, const Part& events) {
  constexpr std::size_t kHeadBytesMax = 32;
  Bytes batch;
  batch.reserve(kHeadBytesMax + cursors.items.size() + people.items.size() +
                farewells.items.size() + events.items.size());
  protocol::append_array(batch, kParts);
  protocol::append_uint(batch, kBridgeVersion);
  protocol::append_bool(batch, is_full);
  for (const Part* part : {&cursors, &people, &farewells, &events}) {
    protocol::append_array(batch, part->count);
    batch += part->items;
  }
  return batch;
}

void BridgeBatch::clear() {
  is_full = false;
  clear_kept(cursors);
  clear_kept(people);
  clear_kept(named);
  clear_kept(farewells);
  clear_kept(events);
}

bool decode_bridge_batch(ByteView bytes, BridgeBatch& into) {
  into.clear();
  Reader reader(bytes);
  reader.array_of(kParts);
  if (reader.number() != kBridgeVersion) reader.fail();
  into.is_full = reader.flag();
  read_each(reader, [&] { into.cursors.push_back(read_cursor(reader)); });
  read_each(reader, [&] { read_person(reader, into); });
  read_each(reader, [&] { into.farewells.push_back(read_farewell(reader)); });
  read_each(reader, [&] { into.events.push_back(read_event(reader)); });
  return reader.is_done();
}

}  // namespace weft::router
