// SPDX-License-Identifier: Apache-2.0
#include "protocol/json.h"

#include "protocol/base64.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace weft::protocol {

namespace {

/// Writes MessagePack while nlohmann's parser reads. The number of elements is known only at the
/// end of an array or map, so its header starts as one byte and is widened then.
class MsgpackSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit MsgpackSax(Bytes& out) : out_(out) {}

  [[nodiscard]] const DecodeError& error() const { return error_; }

  bool null() override {
    append_nil(out_);
    return count_value();
  }
  bool boolean(bool value) override {
    append_bool(out_, value);
    return count_value();
  }
  bool number_integer(number_integer_t value) override {
    append_int(out_, value);
    return count_value();
  }
  bool number_unsigned(number_unsigned_t value) override {
    append_uint(out_, value);
    return count_value();
  }
  bool number_float(number_float_t value, const string_t& token) override {
    if (token.find_first_of(".eE") == string_t::npos) {
      return refuse("An integer has more than 64 bits.");
    }
    append_double(out_, value);
    return count_value();
  }
  bool string(string_t& value) override {
    append_string(out_, value);
    return count_value();
  }
  bool binary(binary_t& /*value*/) override { return refuse("JSON has no binary values."); }
  bool key(string_t& value) override {
    append_string(out_, value);
    return true;
  }
  bool start_object(std::size_t /*elements*/) override { return open(); }
  bool end_object() override { return close(append_map); }
  bool start_array(std::size_t /*elements*/) override { return open(); }
  bool end_array() override { return close(append_array); }
  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*reason*/) override {
    error_ = {"The text is not JSON, or holds a number without a finite value.", position};
    return false;
  }

 private:
  struct Level {
    std::size_t start = 0;  // of the header in out_
    std::uint32_t count = 0;
  };
  /// The array around the messages has a level of its own, above what P5 counts.
  static constexpr std::size_t kLevelsMax = kDepthMax + 1;

  bool refuse(std::string_view what) {
    error_ = {what, 0};
    return false;
  }

  bool count_value() {
    if (depth_ == 0) return refuse("A text frame holds an array of messages.");
    ++levels_[depth_ - 1].count;
    return true;
  }

  bool open() {
    if (depth_ == kLevelsMax) return refuse("Arrays and maps are nested too deep.");
    levels_[depth_++] = {out_.size(), 0};
    out_.push_back('\0');
    return true;
  }

  bool close(void (*append_header)(Bytes&, std::uint32_t)) {
    const Level level = levels_[--depth_];
    header_.clear();
    append_header(header_, level.count);
    if (depth_ == 0) {
      // P3: messages stand back to back, without a header around them.
      if (append_header != append_array) return refuse("A text frame holds an array of messages.");
      header_.clear();
    }
    out_.replace(level.start, 1, header_);
    return depth_ == 0 || count_value();
  }

  Bytes& out_;
  Bytes header_;
  std::array<Level, kLevelsMax> levels_{};
  std::size_t depth_ = 0;
  DecodeError error_;
};

/// Writes JSON from MessagePack. Where the bytes turn out not to be valid after all it writes null
/// and stops, so that the text is JSON whatever happens.
class JsonWriter {
 public:
  JsonWriter(Bytes& out, ByteView bytes) : out_(out), reader_(bytes) {}

  void write_messages() {
    out_.push_back('[');
    for (bool is_first = true; !reader_.at_end() && !failed_; is_first = false) {
      if (!is_first) out_.push_back(',');
      write_value(0);
    }
    out_.push_back(']');
  }

  void write_value(int depth) {
    const auto kind = reader_.peek();
    if (!kind || failed_) return fail();
    switch (*kind) {
      case ValueKind::nil:
        if (!reader_.read_nil()) return fail();
        out_.append("null");
        return;
      case ValueKind::boolean: {
        const auto value = reader_.read_bool();
        if (!value) return fail();
        out_.append(*value ? "true" : "false");
        return;
      }
      case ValueKind::integer:
        return write_integer();
      case ValueKind::floating:
        return write_float();
      case ValueKind::string: {
        const auto value = reader_.read_string();
        if (!value) return fail();
        write_string(*value);
        return;
      }
      case ValueKind::binary: {
        const auto value = reader_.read_binary();
        if (!value) return fail();
        out_.push_back('"');
        append_base64(out_, *value);
        out_.push_back('"');
        return;
      }
      case ValueKind::array:
        return write_array(depth);
      case ValueKind::map:
        return write_map(depth);
    }
  }

 private:
  void fail() {
    failed_ = true;
    out_.append("null");
  }

  void write_array(int depth) {
    const auto count = reader_.read_array();
    if (!count || depth >= kDepthMax) return fail();
    out_.push_back('[');
    for (std::uint32_t i = 0; i < *count && !failed_; ++i) {
      if (i > 0) out_.push_back(',');
      write_value(depth + 1);
    }
    out_.push_back(']');
  }

  void write_map(int depth) {
    const auto count = reader_.read_map();
    if (!count || depth >= kDepthMax) return fail();
    out_.push_back('{');
    for (std::uint32_t i = 0; i < *count && !failed_; ++i) {
      const auto key = reader_.read_string();
      if (!key) {
        failed_ = true;
        break;
      }
      if (i > 0) out_.push_back(',');
      write_string(*key);
      out_.push_back(':');
      write_value(depth + 1);
    }
    out_.push_back('}');
  }

  void write_integer() {
    if (const auto value = reader_.read_uint()) return write_number(*value);
    const auto value = reader_.read_int();
    if (!value) return fail();
    write_number(*value);
  }

  void write_float() {
    // A float32 is written with the digits that tell it from other float32, not from other doubles.
    constexpr std::size_t kFloatBytes = 5;
    const std::size_t start = reader_.offset();
    const auto value = reader_.read_number();
    if (!value) return fail();
    if (!std::isfinite(*value)) {
      out_.append("null");
    } else if (reader_.offset() - start == kFloatBytes) {
      write_finite(static_cast<float>(*value));
    } else {
      write_finite(*value);
    }
  }

  /// The shortest digits that mean this value. From here on with an exponent, so that nobody takes
  /// them for an integer of more than 64 bits.
  void write_finite(auto value) {
    constexpr auto kExponentFrom = static_cast<decltype(value)>(1e15);
    if (value == 0 && std::signbit(value)) {
      out_.append("-0.0");  // -0 would be read as an integer, which has no sign
      return;
    }
    if (std::abs(value) < kExponentFrom) return write_number(value);
    write_number(value, std::chars_format::scientific);
  }

  void write_number(auto value, auto... format) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value, format...).ptr;
    out_.append(digits, end);
  }

  void write_string(std::string_view text) {
    out_.push_back('"');
    std::size_t plain_start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
      out_.append(text.substr(plain_start, i - plain_start));
      plain_start = i + 1;
      write_escape(c);
    }
    out_.append(text.substr(plain_start));
    out_.push_back('"');
  }

  void write_escape(char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out_.push_back('\\');
    switch (c) {
      case '\n':
        out_.push_back('n');
        break;
      case '\r':
        out_.push_back('r');
        break;
      case '\t':
        out_.push_back('t');
        break;
      case '"':
      case '\\':
        out_.push_back(c);
        break;
      default:
        out_.append("u00");
        out_.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
        out_.push_back(kHex[static_cast<unsigned char>(c) & 0x0fU]);
    }
  }

  Bytes& out_;
  MsgpackReader reader_;
  bool failed_ = false;
};

}  // namespace

Result<void, DecodeError> json_to_messages(std::string_view text, Bytes& out) {
  const std::size_t start = out.size();
  // The parser takes a NUL for the end of the text and would not look at what follows it.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Failure<DecodeError>(DecodeError{"The text is not JSON: it holds a NUL.", nul});
  }
  MsgpackSax sax(out);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &sax)) {
    out.resize(start);
    return Failure<DecodeError>(sax.error());
  }
  return {};
}

void append_messages_as_json(Bytes& out, ByteView messages) {
  JsonWriter(out, messages).write_messages();
}

void append_value_as_json(Bytes& out, ByteView value) {
  JsonWriter(out, value).write_value(0);
}

}  // namespace weft::protocol
