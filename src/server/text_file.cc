// SPDX-License-Identifier: Apache-2.0
#include "server/text_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <sys/stat.h>
#include <system_error>

namespace weft::server {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Failure<std::string> last_error() {
  return Failure<std::string>(std::generic_category().message(errno));
}

}  // namespace

Result<TextFile, std::string> read_text_file(const std::string& path, std::size_t bytes_max) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return last_error();
  struct stat status{};
  if (::fstat(::fileno(file.get()), &status) != 0) return last_error();
  std::string text(bytes_max, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return last_error();
  return TextFile{std::move(text), status.st_mode};
}

}  // namespace weft::server
