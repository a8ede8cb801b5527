// SPDX-License-Identifier: Apache-2.0
#include "server/key_file.h"

#include "server/text_file.h"

#include <sys/stat.h>
#include <utility>

namespace weft::server {
namespace {

constexpr mode_t kOthersMayRead = S_IRGRP | S_IROTH;
constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

}  // namespace

Result<KeyFile, std::string> read_key_file(const std::string& path) {
  // One byte more than allowed, so that the parser sees when there is more.
  const auto file = read_text_file(path, connection::kMaxKeyFileBytes + 1);
  if (!file) {
    return Failure<std::string>("The key file " + path + " cannot be read: " + file.error() + ".");
  }
  auto keys = connection::KeySet::parse(file->text);
  if (!keys) {
    return Failure<std::string>("The key file " + path + " cannot be used: " +
                                std::string(connection::explain(keys.error())));
  }
  std::string warning;
  const bool is_secret = keys->signing_key() != nullptr;
  if ((file->mode & kOthersMayWrite) != 0) {
    warning = "Others on this machine may change the key file " + path + "; chmod 600 it.";
  } else if (is_secret && (file->mode & kOthersMayRead) != 0) {
    warning = "Others on this machine may read the secret in the key file " + path +
              " and mint tokens with it; chmod 600 it.";
  }
  return KeyFile{std::move(*keys), std::move(warning)};
}

}  // namespace weft::server
