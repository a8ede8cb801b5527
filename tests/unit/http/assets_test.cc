// SPDX-License-Identifier: Apache-2.0
#include "http/assets.h"

#include "unit/http/http_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace weft::http {

/// The files of tests/unit/http/site, embedded by the build.
std::span<const Asset> test_site_assets();

namespace {

using testing::body_of;
using testing::field_of;
using testing::get;
using testing::status_of;

Bytes read(const std::string& path) {
  return respond_with_asset(get(path), test_site_assets());
}

Bytes content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(EmbeddedAssets, AreTheFilesOfTheFolderInTheOrderOfTheirPaths) {
  const std::filesystem::path site = WEFT_SOURCE_DIR "/tests/unit/http/site";
  const auto assets = test_site_assets();
  EXPECT_TRUE(std::ranges::is_sorted(assets, {}, &Asset::path));
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site)) {
    if (entry.is_regular_file()) {
      files.insert("/" + entry.path().lexically_relative(site).generic_string());
    }
  }
  std::set<std::string> embedded;
  std::set<std::string> etags;
  for (const Asset& asset : assets) {
    embedded.emplace(asset.path);
    etags.emplace(asset.etag);
    EXPECT_EQ(asset.content, content_of(site.string() + std::string(asset.path))) << asset.path;
    EXPECT_TRUE(asset.etag.starts_with('"') && asset.etag.ends_with('"'));
  }
  EXPECT_EQ(embedded, files);
  EXPECT_EQ(etags.size(), assets.size());
}

TEST(EmbeddedAssets, OfTheDemoAreInTheOrderOfTheirPaths) {
  EXPECT_TRUE(std::ranges::is_sorted(demo_assets(), {}, &Asset::path));
}

TEST(RespondWithAsset, H30FindsAFileByItsExactPath) {
  const Bytes index = read("/");
  EXPECT_EQ(status_of(index), 200);
  EXPECT_TRUE(body_of(index).contains("<p>Hello"));
  EXPECT_EQ(read("/index.html"), index);
  EXPECT_EQ(read("/?canvas=try"), index);
  EXPECT_EQ(body_of(read("/assets/app-1a2b3c4d.js")),
            "// SPDX-License-Identifier: Apache-2.0\nexport {};\n");
  EXPECT_EQ(status_of(read("/empty.txt")), 200);
  EXPECT_EQ(body_of(read("/empty.txt")), "");
}

TEST(RespondWithAsset, H30FindsNothingElse) {
  for (const char* path : {"/INDEX.HTML", "/index", "//index.html", "/./index.html", "/assets",
                           "/assets/", "/assets/../index.html", "/%69ndex.html", "/index.html/",
                           "/index.html%00", "/etc/passwd", "/../../../../etc/passwd", "*"}) {
    const Bytes response = read(path);
    EXPECT_EQ(status_of(response), 404) << path;
    EXPECT_EQ(field_of(response, "Content-Type"), "text/html; charset=utf-8");
  }
}

TEST(RespondWithAsset, H31GivesTheContentType) {
  EXPECT_EQ(field_of(read("/"), "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(field_of(read("/favicon.svg"), "Content-Type"), "image/svg+xml");
  EXPECT_EQ(field_of(read("/assets/app-1a2b3c4d.js"), "Content-Type"),
            "text/javascript; charset=utf-8");
  EXPECT_EQ(field_of(read("/assets/app-5e6f7a8b.css"), "Content-Type"), "text/css; charset=utf-8");
  const Asset unknown[] = {{"/a.xyz", "?", "\"1\""}};
  EXPECT_EQ(field_of(respond_with_asset(get("/a.xyz"), unknown), "Content-Type"),
            "application/octet-stream");
}

TEST(RespondWithAsset, H32SaysNotModified) {
  const std::string etag = field_of(read("/"), "ETag");
  ASSERT_FALSE(etag.empty());
  for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
    const Bytes response =
        respond_with_asset(get("/", {{"If-None-Match", known}}), test_site_assets());
    EXPECT_EQ(status_of(response), 304) << known;
    EXPECT_EQ(field_of(response, "ETag"), etag);
    EXPECT_EQ(body_of(response), "");
  }
  for (const std::string known : {"\"other\"", "", "W/\"other\""}) {
    const Bytes response =
        respond_with_asset(get("/", {{"If-None-Match", known}}), test_site_assets());
    EXPECT_EQ(status_of(response), 200) << known;
  }
}

TEST(RespondWithAsset, H33KeepsHashedFilesLong) {
  EXPECT_EQ(field_of(read("/assets/app-1a2b3c4d.js"), "Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(field_of(read("/index.html"), "Cache-Control"), "no-cache");
  EXPECT_EQ(field_of(read("/favicon.svg"), "Cache-Control"), "no-cache");
  EXPECT_EQ(field_of(read("/nothing"), "Cache-Control"), "no-store");
}

TEST(RespondWithAsset, H34HtmlHasAContentSecurityPolicy) {
  const std::string policy = field_of(read("/"), "Content-Security-Policy");
  for (const char* part :
       {"default-src 'self'", "connect-src 'self' ws: wss:", "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: https:", "frame-ancestors 'none'"}) {
    EXPECT_TRUE(policy.contains(part)) << part;
  }
  EXPECT_EQ(field_of(read("/nothing"), "Content-Security-Policy"), policy);
  EXPECT_EQ(field_of(read("/favicon.svg"), "Content-Security-Policy"), "");
}

TEST(RespondWithAsset, H35SaysThatThereIsNoDemo) {
  const Bytes response = respond_with_asset(get("/"), {});
  EXPECT_EQ(status_of(response), 200);
  EXPECT_TRUE(body_of(response).contains("make build"));
  EXPECT_EQ(status_of(respond_with_asset(get("/index.html"), {})), 404);
}

}  // namespace
}  // namespace weft::http
