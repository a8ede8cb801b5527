// SPDX-License-Identifier: Apache-2.0
#include "log/redis_scripts.h"

#include "log/lua_sources.h"
#include "log/redis_log_options.h"

#include <cstddef>
#include <map>
#include <utility>

namespace weft::log {

namespace {

using redis::Answer;
using redis::Reply;

/// Bytes of entries in one reply, about: more than a tail usually has, and little to hold up for.
constexpr std::string_view kPieceBytes = "4194304";

redis::Script with_prelude(std::string_view text) {
  const std::size_t first_line = text.find('\n') + 1;
  std::string source(text.substr(0, first_line));
  source.append(lua::prelude).append(text.substr(first_line));
  return redis::Script(std::move(source));
}

class Scripts {
  std::vector<redis::Script> all_;

  /// Its place among them all, so that none can be forgotten where they are loaded.
  std::size_t add(std::string_view text) {
    all_.push_back(with_prelude(text));
    return all_.size() - 1;
  }

 public:
  [[nodiscard]] const redis::Script& at(std::size_t place) const { return all_[place]; }
  [[nodiscard]] const std::vector<redis::Script>& all() const { return all_; }

  const std::size_t append = add(lua::append);
  const std::size_t archived = add(lua::archived);
  const std::size_t expire = add(lua::expire);
  const std::size_t keep = add(lua::keep);
  const std::size_t offer = add(lua::offer);
  const std::size_t open = add(lua::open);
  const std::size_t renew = add(lua::renew);
  const std::size_t reserve = add(lua::reserve);
  const std::size_t restore = add(lua::restore);
  const std::size_t save_snapshot = add(lua::save_snapshot);
  const std::size_t seed = add(lua::seed);
  const std::size_t since = add(lua::since);
  const std::size_t withdraw = add(lua::withdraw);
};

const Scripts& scripts() {
  static const Scripts one_of_each;
  return one_of_each;
}

/// Reads a script's answer item by item; once something is not as expected, it stays wrong.
class Reading {
 public:
  explicit Reading(const Reply& reply) : items_(reply.items) {
    is_right_ = reply.kind == Reply::Kind::array;
  }
  ByteView text() {
    const Reply* item = next();
    if (item == nullptr || item->kind != Reply::Kind::text) return wrong(), ByteView();
    return item->text;
  }
  std::uint64_t number() {
    const auto value = decode_number(text());
    if (!value) return wrong(), 0;
    return *value;
  }
  Reading list() {
    const Reply* item = next();
    if (item != nullptr && item->kind == Reply::Kind::array) return Reading(*item);
    static const Reply nothing;
    wrong();
    return Reading(nothing);
  }
  [[nodiscard]] bool at_end() const { return at_ >= items_.size(); }
  [[nodiscard]] bool is_right() const { return is_right_; }
  void wrong() { is_right_ = false; }
  /// A list that belongs to this one went wrong.
  void take(const Reading& part) { is_right_ = is_right_ && part.is_right_; }

 private:
  const Reply* next() { return at_end() ? nullptr : &items_[at_++]; }

  const std::vector<Reply>& items_;
  std::size_t at_ = 0;
  bool is_right_ = true;
};

std::vector<KeptEntry> read_entries(Reading& reading) {
  std::vector<KeptEntry> entries;
  Reading list = reading.list();
  while (list.is_right() && !list.at_end()) {
    Reading fields = list.list();
    const ByteView id = fields.text();
    const auto seq = decode_number(id.substr(0, id.find('-')));
    Bytes push(fields.text());
    const auto known = decode_known_point(fields.text());
    Bytes chain(fields.text());
    if (!seq || !known) fields.wrong();
    list.take(fields);
    if (!list.is_right()) break;
    entries.push_back({*seq, known->seq, known->sum, std::move(chain), std::move(push)});
  }
  reading.take(list);
  return entries;
}

template <class Kind>
Kind read_kind(Reading& reading, const std::map<std::string_view, Kind>& kinds) {
  const auto found = kinds.find(reading.text());
  if (found != kinds.end()) return found->second;
  reading.wrong();
  return {};
}

/// Calls `done` with what `read` makes of the reply, or with why it cannot.
template <class T, class Read>
redis::Done reader(std::string name, RedisScripts::Done<T> done, Read read) {
  return [name = std::move(name), done = std::move(done), read](Answer answer) {
    if (!done) return;
    if (!answer) return done(Failure(std::move(answer.error())));
    Reading reading(*answer);
    T value = read(reading);
    if (reading.is_right()) return done(std::move(value));
    done(Failure(redis::RedisError{redis::RedisErrc::refused,
                                   "the script " + name + " answered something else"}));
  };
}

/// For scripts that answer with one word: whether it is `ok`, where every other is expected too.
redis::Done word_reader(std::string name, RedisScripts::Done<bool> done) {
  return reader<bool>(std::move(name), std::move(done),
                      [](Reading& reading) { return reading.text() == "ok"; });
}

const RedisScripts::Done<bool> kNobody;

/// What write_canvas reads.
std::vector<Bytes> whole_words(const WholeCanvas& canvas) {
  std::vector<Bytes> words = {std::to_string(canvas.epoch),      std::to_string(canvas.head.seq),
                              std::to_string(canvas.head.sum),   canvas.head.chain,
                              std::to_string(canvas.next_actor), std::to_string(canvas.archived)};
  for (const auto& snapshot : {std::cref(canvas.base), std::cref(canvas.newest)}) {
    const store::SnapshotRow row = snapshot.get().value_or(store::SnapshotRow{});
    words.push_back(std::to_string(row.seq));
    words.push_back(std::to_string(row.sum));
    words.push_back(row.state);
  }
  words.push_back(std::to_string(canvas.clients.size()));
  for (const ClientMark& mark : canvas.clients) {
    words.push_back(mark.client);
    words.push_back(std::to_string(mark.n) + " " + mark.user);
  }
  words.push_back(std::to_string(canvas.entries.size()));
  for (const WholeCanvas::Row& row : canvas.entries) {
    words.push_back(std::to_string(row.seq));
    words.push_back(row.push);
    words.push_back(row.chain);
  }
  return words;
}

const std::map<std::string_view, RedisScripts::Restored>& restored_kinds() {
  using Restored = RedisScripts::Restored;
  static const std::map<std::string_view, Restored> kinds = {
      {"ok", Restored::ok}, {"changed", Restored::changed}, {"not_highest", Restored::not_highest}};
  return kinds;
}

/// Of what was seen: its epoch and seq, both empty when the canvas is absent.
std::array<Bytes, 2> seen_words(const Seen& seen) {
  if (!seen.epoch) return {};
  return {std::to_string(*seen.epoch), std::to_string(seen.seq)};
}

}  // namespace

std::vector<redis::Script> redis_log_scripts() {
  return scripts().all();
}

RedisScripts::RedisScripts(redis::Commands& commands, const CanvasId& canvas)
    : commands_(commands) {
  const Bytes prefix = "weft:{" + canvas + "}:";
  keys_ = {prefix + "meta", prefix + "log", prefix + "clients", prefix + "snapshot",
           prefix + "restore"};
}

void RedisScripts::run(std::size_t script, const std::vector<ByteView>& arguments,
                       redis::Done done) {
  const std::array<ByteView, 5> keys{keys_[0], keys_[1], keys_[2], keys_[3], keys_[4]};
  commands_.run(scripts().at(script), keys, arguments, std::move(done));
}

void RedisScripts::append(std::uint64_t epoch, const Push& push, ByteView canonical,
                          const Point& known, Done<Appended> done) {
  static const std::map<std::string_view, Appended::Kind> kinds = {
      {"ok", Appended::Kind::ok},
      {"duplicate", Appended::Kind::duplicate},
      {"out_of_order", Appended::Kind::out_of_order},
      {"not_owner", Appended::Kind::not_owner},
      {"absent", Appended::Kind::absent},
      {"epoch", Appended::Kind::epoch},
      {"restoring", Appended::Kind::restoring},
      {"behind", Appended::Kind::behind},
      {"fork", Appended::Kind::fork}};
  const Bytes epoch_word = std::to_string(epoch);
  const Bytes n = std::to_string(push.n);
  const Bytes seq = std::to_string(known.seq);
  const Bytes sum = std::to_string(known.sum);
  run(scripts().append, {epoch_word, push.client, n, push.user, canonical, seq, sum, known.chain},
      reader<Appended>("append", std::move(done), [](Reading& reading) {
        Appended appended{.kind = read_kind(reading, kinds)};
        if (appended.kind == Appended::Kind::ok) appended.seq = reading.number();
        if (appended.kind == Appended::Kind::epoch) appended.epoch = reading.number();
        return appended;
      }));
}

void RedisScripts::open(std::uint64_t actors, Done<OpenReply> done) {
  static const std::map<std::string_view, OpenReply::Kind> kinds = {
      {"ok", OpenReply::Kind::ok},
      {"absent", OpenReply::Kind::absent},
      {"restoring", OpenReply::Kind::restoring},
      {"restarted", OpenReply::Kind::restarted}};
  const Bytes actors_word = std::to_string(actors);
  run(scripts().open, {actors_word, kPieceBytes},
      reader<OpenReply>("open", std::move(done), [](Reading& reading) {
        OpenReply reply;
        reply.kind = read_kind(reading, kinds);
        if (reply.kind == OpenReply::Kind::absent || reply.kind == OpenReply::Kind::restoring) {
          return reply;
        }
        reply.epoch = reading.number();
        reply.head = reading.number();
        if (reply.kind == OpenReply::Kind::restarted) return reply;
        reply.first_actor = reading.number();
        reply.archived = reading.number();
        Reading base = reading.list();
        reply.base.seq = base.number();
        reply.base.sum = base.number();
        reply.base.state = Bytes(base.text());
        reply.base_chain = Bytes(base.text());
        reading.take(base);
        Reading newest = reading.list();
        reply.newest_snapshot.seq = newest.number();
        reply.newest_snapshot.sum = newest.number();
        reading.take(newest);
        reply.entries = read_entries(reading);
        return reply;
      }));
}

void RedisScripts::since(std::uint64_t epoch, std::uint64_t seq, ByteView chain,
                         Done<SinceReply> done) {
  static const std::map<std::string_view, SinceReply::Kind> kinds = {
      {"ok", SinceReply::Kind::ok},          {"restarted", SinceReply::Kind::restarted},
      {"absent", SinceReply::Kind::absent},  {"moved", SinceReply::Kind::moved},
      {"behind", SinceReply::Kind::behind},  {"fork", SinceReply::Kind::fork},
      {"trimmed", SinceReply::Kind::trimmed}};
  const Bytes epoch_word = std::to_string(epoch);
  const Bytes seq_word = std::to_string(seq);
  run(scripts().since, {epoch_word, seq_word, chain, kPieceBytes},
      reader<SinceReply>("since", std::move(done), [](Reading& reading) {
        SinceReply reply;
        reply.kind = read_kind(reading, kinds);
        switch (reply.kind) {
          case SinceReply::Kind::ok:
          case SinceReply::Kind::restarted:
            reply.head = reading.number();
            reply.archived = reading.number();
            reply.entries = read_entries(reading);
            break;
          case SinceReply::Kind::moved:
            reply.epoch = reading.number();
            reply.head = reading.number();
            reply.base.seq = reading.number();
            if (const auto sum = decode_number(reading.text())) {
              reply.base.sum = *sum;
              reply.has_base_sum = true;
            }
            reply.base.chain = Bytes(reading.text());
            reply.is_on_way = reading.text() == "1";
            break;
          case SinceReply::Kind::behind:
          case SinceReply::Kind::fork:
            reply.head = reading.number();
            break;
          case SinceReply::Kind::absent:
          case SinceReply::Kind::trimmed:
            break;
        }
        return reply;
      }));
}

void RedisScripts::save_snapshot(std::uint64_t epoch, const store::SnapshotRow& row,
                                 bool keeps_unarchived) {
  const Bytes epoch_word = std::to_string(epoch);
  const Bytes seq = std::to_string(row.seq);
  const Bytes sum = std::to_string(row.sum);
  run(scripts().save_snapshot, {epoch_word, seq, sum, row.state, keeps_unarchived ? "1" : "0"},
      word_reader("save_snapshot", kNobody));
}

void RedisScripts::seed(const WholeCanvas& canvas, Done<bool> done) {
  const std::vector<Bytes> words = whole_words(canvas);
  run(scripts().seed, {words.begin(), words.end()}, word_reader("seed", std::move(done)));
}

void RedisScripts::offer(const Seen& seen, const std::string& node, std::uint64_t seq,
                         std::chrono::milliseconds stands, Done<bool> done) {
  const auto [seen_epoch, seen_seq] = seen_words(seen);
  const Bytes seq_word = std::to_string(seq);
  const Bytes stands_word = std::to_string(stands.count());
  run(scripts().offer, {seen_epoch, seen_seq, node, seq_word, stands_word},
      word_reader("offer", std::move(done)));
}

void RedisScripts::restore(const Seen& seen, const std::string& node, bool is_forced,
                           const WholeCanvas& canvas, Done<Restored> done) {
  const auto [seen_epoch, seen_seq] = seen_words(seen);
  const Bytes seq = std::to_string(canvas.head.seq);
  const std::vector<Bytes> words = whole_words(canvas);
  std::vector<ByteView> arguments = {seen_epoch, seen_seq, node, seq, is_forced ? "1" : "0"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  run(scripts().restore, arguments,
      reader<Restored>("restore", std::move(done),
                       [](Reading& reading) { return read_kind(reading, restored_kinds()); }));
}

void RedisScripts::renew(const Seen& seen, const std::string& node, bool is_forced,
                         std::uint64_t epoch, Done<Restored> done) {
  const auto [seen_epoch, seen_seq] = seen_words(seen);
  const Bytes epoch_word = std::to_string(epoch);
  const Bytes jump = std::to_string(kActorsJump);
  run(scripts().renew, {seen_epoch, seen_seq, node, is_forced ? "1" : "0", epoch_word, jump},
      reader<Restored>("renew", std::move(done),
                       [](Reading& reading) { return read_kind(reading, restored_kinds()); }));
}

void RedisScripts::withdraw(const std::string& node) {
  run(scripts().withdraw, {node}, word_reader("withdraw", kNobody));
}

void RedisScripts::reserve_actors(std::uint64_t epoch, std::uint64_t count,
                                  Done<std::optional<std::uint64_t>> done) {
  const Bytes epoch_word = std::to_string(epoch);
  const Bytes count_word = std::to_string(count);
  run(scripts().reserve, {epoch_word, count_word},
      reader<std::optional<std::uint64_t>>("reserve", std::move(done),
                                           [](Reading& reading) -> std::optional<std::uint64_t> {
                                             if (reading.text() != "ok") return std::nullopt;
                                             return reading.number();
                                           }));
}

void RedisScripts::note_archived(std::uint64_t epoch, std::uint64_t seq, Done<bool> done) {
  const Bytes epoch_word = std::to_string(epoch);
  const Bytes seq_word = std::to_string(seq);
  run(scripts().archived, {epoch_word, seq_word}, word_reader("archived", std::move(done)));
}

void RedisScripts::expire(std::uint64_t epoch, std::chrono::milliseconds after, Done<bool> done) {
  const Bytes epoch_word = std::to_string(epoch);
  const Bytes after_word = std::to_string(after.count());
  run(scripts().expire, {epoch_word, after_word}, word_reader("expire", std::move(done)));
}

void RedisScripts::keep() {
  run(scripts().keep, {}, word_reader("keep", kNobody));
}

void RedisScripts::exists(Done<bool> done) {
  const std::array<ByteView, 2> words{"EXISTS", keys_[0]};
  commands_.call(keys_[0], words, [done = std::move(done)](Answer answer) {
    if (!answer) return done(Failure(std::move(answer.error())));
    done(answer->integer == 1);
  });
}

void RedisScripts::uptime(Done<std::chrono::seconds> done) {
  const std::array<ByteView, 2> words{"INFO", "server"};
  commands_.call(keys_[0], words, [done = std::move(done)](Answer answer) {
    if (!answer) return done(Failure(std::move(answer.error())));
    constexpr std::string_view kName = "uptime_in_seconds:";
    const ByteView text = answer->text;
    const std::size_t at = text.find(kName);
    std::optional<std::uint64_t> value;
    if (at != ByteView::npos) {
      const ByteView rest = text.substr(at + kName.size());
      value = decode_number(rest.substr(0, rest.find_first_of("\r\n")));
    }
    if (value) return done(std::chrono::seconds(*value));
    done(Failure(redis::RedisError{redis::RedisErrc::refused, "INFO names no uptime_in_seconds"}));
  });
}

}  // namespace weft::log
