// SPDX-License-Identifier: Apache-2.0
#include "redis/command_format.h"

#include <hiredis/hiredis.h>
#include <new>
#include <vector>

namespace weft::redis {

void append_command(std::span<const ByteView> words, Bytes& out) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  pointers.reserve(words.size());
  sizes.reserve(words.size());
  for (const ByteView word : words) {
    pointers.push_back(word.empty() ? "" : word.data());  // An empty view may have no address.
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const int bytes = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()),
                                           pointers.data(), sizes.data());
  if (bytes < 0) throw std::bad_alloc();
  out.append(formatted, static_cast<std::size_t>(bytes));
  redisFreeCommand(formatted);
}

Bytes format_command(std::span<const ByteView> words) {
  Bytes out;
  append_command(words, out);
  return out;
}

Bytes format_command(std::initializer_list<ByteView> words) {
  return format_command(std::span(words.begin(), words.size()));
}

}  // namespace weft::redis
