// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/request_reader.h"
#include "util/bytes.h"

#include <span>
#include <string_view>

namespace weft::http {

/// One file of a page that is part of the binary. Its views live for ever.
struct Asset {
  std::string_view path;  // begins with a slash
  ByteView content;
  std::string_view etag;  // quoted; made from the content's hash
};

/// The files of the demo page, in the order of their paths; none when the binary was built without
/// it. Written at build time by cmake/embed_assets.cmake.
[[nodiscard]] std::span<const Asset> demo_assets();

/// The answer to a GET or HEAD of a file (H30–H35). `assets` are in the order of their paths.
[[nodiscard]] Bytes respond_with_asset(const Request& request, std::span<const Asset> assets);

}  // namespace weft::http
