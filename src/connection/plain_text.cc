// SPDX-License-Identifier: Apache-2.0
#include "connection/plain_text.h"

namespace weft::connection {

namespace {

struct Character {
  char32_t code_point = 0;
  std::size_t size_bytes = 0;
};

/// The first character of a text that is not empty, by the well-formed ranges of Unicode's table
/// 3-7.
std::optional<Character> first_character(ByteView text) {
  const auto byte_at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte_at(0);
  if (lead < 0x80) return Character{lead, 1};

  Character character;
  char32_t smallest = 0;
  if ((lead & 0xE0) == 0xC0) {
    character = {static_cast<char32_t>(lead & 0x1F), 2};
    smallest = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    character = {static_cast<char32_t>(lead & 0x0F), 3};
    smallest = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    character = {static_cast<char32_t>(lead & 0x07), 4};
    smallest = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < character.size_bytes) return std::nullopt;
  for (std::size_t i = 1; i < character.size_bytes; ++i) {
    if ((byte_at(i) & 0xC0) != 0x80) return std::nullopt;
    character.code_point = (character.code_point << 6) | (byte_at(i) & 0x3F);
  }
  const bool is_surrogate = character.code_point >= 0xD800 && character.code_point <= 0xDFFF;
  if (character.code_point < smallest || character.code_point > 0x10FFFF || is_surrogate) {
    return std::nullopt;
  }
  return character;
}

bool is_control(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

ByteView trim_spaces(ByteView text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == ByteView::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::optional<std::size_t> count_plain_characters(ByteView text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::optional<Character> character = first_character(text);
    if (!character || is_control(character->code_point)) return std::nullopt;
    text.remove_prefix(character->size_bytes);
    ++count;
  }
  return count;
}

std::string tidy_name(ByteView text, std::size_t max_characters) {
  text = trim_spaces(text);
  std::string name;
  std::size_t count = 0;
  while (!text.empty() && count < max_characters) {
    const std::optional<Character> character = first_character(text);
    if (!character) return {};
    if (!is_control(character->code_point)) {
      name.append(text.substr(0, character->size_bytes));
      ++count;
    }
    text.remove_prefix(character->size_bytes);
  }
  return std::string(trim_spaces(name));
}

}  // namespace weft::connection
