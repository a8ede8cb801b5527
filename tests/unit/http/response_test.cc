// SPDX-License-Identifier: Apache-2.0
#include "http/response.h"

#include "unit/http/http_text.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

using testing::body_of;
using testing::field_of;
using testing::status_of;

TEST(HttpResponse, H6EndsTheConnectionAndKeepsBrowsersCareful) {
  const Bytes response = make_response(200, "text/plain", "ok\n");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(field_of(response, "Content-Type"), "text/plain");
  EXPECT_EQ(field_of(response, "Content-Length"), "3");
  EXPECT_EQ(field_of(response, "Connection"), "close");
  EXPECT_EQ(field_of(response, "Cache-Control"), "no-store");
  EXPECT_EQ(field_of(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(field_of(response, "X-Frame-Options"), "DENY");
  EXPECT_EQ(field_of(response, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(body_of(response), "ok\n");
}

TEST(HttpResponse, H6CachingIsTheCallersWhenItSaysSo) {
  const Bytes response = make_response(200, "text/plain", "", "Cache-Control: no-cache\r\n");
  EXPECT_EQ(field_of(response, "Cache-Control"), "no-cache");
}

TEST(HttpResponse, HasNoBodyWhereTheStatusForbidsOne) {
  for (const int status : {204, 304}) {
    const Bytes response = make_response(status, {}, {}, "ETag: \"a\"\r\n");
    EXPECT_EQ(status_of(response), status);
    EXPECT_EQ(field_of(response, "Content-Length"), "");
    EXPECT_EQ(field_of(response, "Content-Type"), "");
    EXPECT_EQ(field_of(response, "ETag"), "\"a\"");
    EXPECT_EQ(body_of(response), "");
  }
}

TEST(HttpResponse, H7ErrorsAreJsonSentences) {
  const Bytes response = make_error(404, "A \"quoted\"\nsentence.");
  EXPECT_EQ(status_of(response), 404);
  EXPECT_EQ(field_of(response, "Content-Type"), "application/json");
  EXPECT_EQ(body_of(response), "{\"error\":\"A \\\"quoted\\\"\\nsentence.\"}\n");
}

TEST(HttpResponse, H7AMissingTokenIsAskedFor) {
  EXPECT_EQ(field_of(make_error(401, "A token, please."), "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(field_of(make_error(403, "No."), "WWW-Authenticate"), "");
}

TEST(HttpResponse, NamesEveryStatusItIsUsedWith) {
  for (const int status : {200, 204, 304, 400, 401, 403, 404, 405, 413, 426, 431, 500, 503}) {
    const Bytes response = make_response(status, "text/plain", "");
    EXPECT_EQ(response.find(" Status\r\n"), Bytes::npos) << status;
  }
}

}  // namespace
}  // namespace weft::http
