// SPDX-License-Identifier: Apache-2.0
#include "http/request_reader.h"

#include "unit/http/http_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace weft::http {
namespace {

using testing::body_of;
using testing::status_of;
using State = RequestReader::State;

/// What a reader says in the end to input that arrives in these pieces: 0 for a request, else the
/// refusal's status.
struct Outcome {
  State state = State::need_more;
  int status = 0;
  Request request;
  Bytes rest;
};

template <class NextPiece>
Outcome read_in_pieces(ByteView input, NextPiece next_piece) {
  RequestReader reader;
  Outcome outcome;
  while (!input.empty() && outcome.state == State::need_more) {
    const std::size_t size = std::min(next_piece(), input.size());
    outcome.state = reader.feed(input.substr(0, size));
    input.remove_prefix(size);
  }
  if (outcome.state == State::failed) outcome.status = status_of(reader.refusal());
  if (outcome.state == State::done) {
    outcome.request = reader.request();
    outcome.rest = Bytes(reader.rest()).append(input);
  }
  return outcome;
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.request.method, b.request.method);
  EXPECT_EQ(a.request.path, b.request.path);
  EXPECT_EQ(a.request.query, b.request.query);
  EXPECT_EQ(a.request.fields, b.request.fields);
  EXPECT_EQ(a.rest, b.rest);
}

/// Reads the input whole, byte by byte and at random cuts (H4).
Outcome read(ByteView input) {
  const Outcome whole = read_in_pieces(input, [&] { return input.size(); });
  expect_same(whole, read_in_pieces(input, [] { return std::size_t{1}; }));
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::size_t longest = 1 + input.size() / 3;
    expect_same(whole, read_in_pieces(input, [&] { return 1 + random() % longest; }));
  }
  return whole;
}

Outcome read_head(const std::string& request_line, const std::string& fields = "Host: a\r\n") {
  return read(request_line + "\r\n" + fields + "\r\n");
}

std::string fields_of_count(std::size_t count) {
  std::string fields = "Host: a\r\n";
  for (std::size_t i = 1; i < count; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  return fields;
}

/// A whole request whose head has exactly that many bytes.
std::string request_of_bytes(std::size_t bytes) {
  std::string request = "GET / HTTP/1.1\r\nHost: a\r\nX-Filler: ";
  request.append(bytes - request.size() - 4, 'x');
  return request + "\r\n\r\n";
}

TEST(RequestReader, TakesARequestApart) {
  const Outcome outcome = read(
      "GET /v1/canvases/a%20b?x=1?y HTTP/1.1\r\nHost: localhost:8080\r\n"
      "accept:  text/html \r\nX-Empty:\r\n\r\n");
  ASSERT_EQ(outcome.state, State::done);
  EXPECT_EQ(outcome.request.method, "GET");
  EXPECT_EQ(outcome.request.path, "/v1/canvases/a%20b");
  EXPECT_EQ(outcome.request.query, "x=1?y");
  EXPECT_EQ(outcome.request.field("HOST"), "localhost:8080");
  EXPECT_EQ(outcome.request.field("Accept"), "text/html");
  EXPECT_EQ(outcome.request.field("X-Empty"), "");
  EXPECT_EQ(outcome.request.field("X-Absent"), "");
  EXPECT_FALSE(outcome.request.is_http_1_0);
}

TEST(RequestReader, JoinsFieldsOfTheSameName) {
  const Outcome outcome = read_head("GET / HTTP/1.1", "Host: a\r\nA: 1\r\nB: 2\r\na: 3\r\n");
  EXPECT_EQ(outcome.request.field("a"), "1");
  EXPECT_EQ(outcome.request.joined_field("A"), "1, 3");
  EXPECT_EQ(outcome.request.joined_field("C"), "");
}

TEST(RequestReader, H1TakesAHeadUpToItsLimit) {
  EXPECT_EQ(read_in_pieces(request_of_bytes(kHeadBytesMax), [] { return 4096UL; }).state,
            State::done);
  EXPECT_EQ(read_in_pieces(request_of_bytes(kHeadBytesMax), [] { return 1UL; }).state, State::done);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, 2 * kHeadBytesMax}) {
    EXPECT_EQ(read_in_pieces(request_of_bytes(kHeadBytesMax + 1), [&] { return piece; }).status,
              431)
        << piece;
  }
}

TEST(RequestReader, H1DoesNotWaitForTheEndOfATooLongHead) {
  EXPECT_EQ(read(std::string(kHeadBytesMax + 1, 'x')).status, 431);
  EXPECT_EQ(read("GET /" + std::string(kHeadBytesMax, 'x')).status, 431);
  EXPECT_EQ(read("GET / HTTP/1.1\r\nX: " + std::string(kHeadBytesMax, 'x')).status, 431);
}

TEST(RequestReader, H1CountsTheFields) {
  EXPECT_EQ(read_head("GET / HTTP/1.1", fields_of_count(kHeaderFieldsMax)).state, State::done);
  EXPECT_EQ(read_head("GET / HTTP/1.1", fields_of_count(kHeaderFieldsMax + 1)).status, 431);
}

TEST(RequestReader, H2RefusesWhatIsNotHttp) {
  for (const char* line :
       {"GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.2", "GET / HTTP/2.0", "GET / HTTP/0.9",
        "GET / http/1.1", "GET / HTTP/1.1 ", "G\x01T / HTTP/1.1", "(GET) / HTTP/1.1",
        " GET / HTTP/1.1", "GET /a b HTTP/1.1", "GET /\x01 HTTP/1.1", "\x16\x03\x01"}) {
    EXPECT_EQ(read_head(line).status, 400) << line;
  }
  for (const char* fields :
       {"Host: a\r\nNo colon\r\n", "Host: a\r\n: nameless\r\n", "Host: a\r\nName : x\r\n",
        "Host: a\r\nName: \x01\r\n", "Host: a\r\nContent-Length: x\r\n",
        "Host: a\r\nContent-Length: 0\r\nContent-Length: 1\r\n",
        "Host: a\r\nContent-Length: -1\r\n"}) {
    EXPECT_EQ(read_head("GET / HTTP/1.1", fields).status, 400) << fields;
  }
}

TEST(RequestReader, H2TheTargetIsAPath) {
  EXPECT_EQ(read_head("GET http://localhost/ HTTP/1.1").status, 400);
  EXPECT_EQ(read_head("CONNECT localhost:80 HTTP/1.1").status, 400);
  EXPECT_EQ(read_head("GET index.html HTTP/1.1").status, 400);
  EXPECT_EQ(read_head("OPTIONS * HTTP/1.1").request.path, "*");
}

TEST(RequestReader, H2OneHostInHttp11) {
  EXPECT_EQ(read_head("GET / HTTP/1.1", "").status, 400);
  EXPECT_EQ(read_head("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n").status, 400);
  EXPECT_EQ(read_head("GET / HTTP/1.0", "Host: a\r\nhost: b\r\n").status, 400);
  const Outcome old = read_head("GET / HTTP/1.0", "");
  EXPECT_EQ(old.state, State::done);
  EXPECT_TRUE(old.request.is_http_1_0);
}

TEST(RequestReader, H3RefusesBodies) {
  for (const char* field : {"Content-Length: 1", "Content-Length: 99999999999",
                            "Transfer-Encoding: chunked", "transfer-encoding: gzip, chunked"}) {
    EXPECT_EQ(read_head("POST / HTTP/1.1", std::string("Host: a\r\n") + field + "\r\n").status, 413)
        << field;
  }
  EXPECT_EQ(read_head("POST / HTTP/1.1", "Host: a\r\nContent-Length: 0\r\n").state, State::done);
}

TEST(RequestReader, H4KeepsWhatComesBehindTheHead) {
  const Outcome outcome = read("GET / HTTP/1.1\r\nHost: a\r\n\r\n\x81\x85GET / HTTP/9\r\n\r\n");
  ASSERT_EQ(outcome.state, State::done);
  EXPECT_EQ(outcome.rest, "\x81\x85GET / HTTP/9\r\n\r\n");
}

TEST(RequestReader, WaitsForTheEmptyLine) {
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\n\r").state, State::need_more);
  RequestReader reader;
  EXPECT_EQ(reader.feed(""), State::need_more);
}

TEST(RequestReader, SaysTheSameAgainWhenFedFurther) {
  RequestReader good;
  ASSERT_EQ(good.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), State::done);
  EXPECT_EQ(good.feed("more"), State::done);
  EXPECT_EQ(good.rest(), "");
  RequestReader bad;
  ASSERT_EQ(bad.feed("nonsense\r\n\r\n"), State::failed);
  const Bytes refusal = bad.refusal();
  EXPECT_EQ(bad.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), State::failed);
  EXPECT_EQ(bad.refusal(), refusal);
  EXPECT_EQ(body_of(refusal), "{\"error\":\"The request is not well-formed HTTP/1.1.\"}\n");
}

}  // namespace
}  // namespace weft::http
