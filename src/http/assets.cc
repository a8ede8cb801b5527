// SPDX-License-Identifier: Apache-2.0
#include "http/assets.h"

#include "http/response.h"
#include "http/text.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace weft::http {
namespace {

constexpr std::string_view kIndexPath = "/index.html";
/// Vite puts the hash of the content into the names of the files below it.
constexpr std::string_view kHashedFolder = "/assets/";

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kUnknownType = "application/octet-stream";
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kContentTypes{{
    {".css", "text/css; charset=utf-8"},
    {".html", kHtml},
    {".ico", "image/x-icon"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
}};

constexpr std::string_view kHtmlFields =
    "Content-Security-Policy: default-src 'self'; connect-src 'self' ws: wss:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n";

constexpr ByteView kNotBuiltIn =
    "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Weft</title>\n"
    "<p>This Weft server runs, but its demo page was not built into it. "
    "<code>make build</code> builds both.</p>\n";

constexpr ByteView kNotFound =
    "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Weft: not found</title>\n"
    "<p>There is nothing here. The demo page is at <a href=\"/\">/</a>.</p>\n";

std::string_view content_type_of(std::string_view path) {
  for (const auto& [ending, type] : kContentTypes) {
    if (path.ends_with(ending)) return type;
  }
  return kUnknownType;
}

/// If-None-Match compares weakly: a proxy may have marked the tag so.
bool is_known_to_client(const Request& request, std::string_view etag) {
  const std::string tags = request.joined_field("If-None-Match");
  return has_token(tags, "*") || has_token(tags, etag) ||
         has_token(tags, std::string("W/").append(etag));
}

Bytes respond_with_page(int status, ByteView page) {
  return make_response(status, kHtml, page, kHtmlFields);
}

}  // namespace

Bytes respond_with_asset(const Request& request, std::span<const Asset> assets) {
  const std::string_view path = request.path == "/" ? kIndexPath : std::string_view(request.path);
  const auto at = std::ranges::lower_bound(assets, path, {}, &Asset::path);
  if (at == assets.end() || at->path != path) {
    return request.path == "/" ? respond_with_page(200, kNotBuiltIn)
                               : respond_with_page(404, kNotFound);
  }
  const std::string_view type = content_type_of(path);
  std::string fields = "ETag: ";
  fields.append(at->etag).append("\r\nCache-Control: ");
  fields.append(path.starts_with(kHashedFolder) ? "public, max-age=31536000, immutable"
                                                : "no-cache");
  fields.append("\r\n");
  if (type == kHtml) fields.append(kHtmlFields);
  if (is_known_to_client(request, at->etag)) return make_response(304, {}, {}, fields);
  return make_response(200, type, at->content, fields);
}

}  // namespace weft::http
