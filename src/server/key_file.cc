// SPDX-License-Identifier: Apache-2.0
#include "server/key_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sys/stat.h>
#include <utility>

namespace weft::server {
namespace {

constexpr mode_t kOthersMayRead = S_IRGRP | S_IROTH;
constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Failure<std::string> unreadable(const std::string& path, int error) {
  return Failure<std::string>("The key file " + path + " cannot be read: " + std::strerror(error) +
                              ".");
}

}  // namespace

Result<KeyFile, std::string> read_key_file(const std::string& path) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return unreadable(path, errno);
  // One byte more than allowed, so that the parser sees when there is more.
  std::string text(connection::kMaxKeyFileBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return unreadable(path, errno);
  struct stat status{};
  if (::fstat(::fileno(file.get()), &status) != 0) return unreadable(path, errno);

  auto keys = connection::KeySet::parse(text);
  if (!keys) {
    return Failure<std::string>("The key file " + path + " cannot be used: " +
                                std::string(connection::explain(keys.error())));
  }
  std::string warning;
  const bool is_secret = keys->signing_key() != nullptr;
  if ((status.st_mode & kOthersMayWrite) != 0) {
    warning = "Others on this machine may change the key file " + path + "; chmod 600 it.";
  } else if (is_secret && (status.st_mode & kOthersMayRead) != 0) {
    warning = "Others on this machine may read the secret in the key file " + path +
              " and mint tokens with it; chmod 600 it.";
  }
  return KeyFile{std::move(*keys), std::move(warning)};
}

}  // namespace weft::server
