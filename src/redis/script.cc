// SPDX-License-Identifier: Apache-2.0
#include "redis/commands.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace weft::redis {

Script::Script(std::string source_text) : source(std::move(source_text)) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(source.data(), source.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-1, by which Redis names scripts");
  }
  constexpr char kDigits[] = "0123456789abcdef";
  for (unsigned i = 0; i < size; ++i) {
    sha1 += kDigits[digest[i] >> 4];
    sha1 += kDigits[digest[i] & 15];
  }
}

}  // namespace weft::redis
