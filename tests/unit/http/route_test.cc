// SPDX-License-Identifier: Apache-2.0
#include "http/route.h"

#include "http/response.h"
#include "unit/http/http_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weft::http {
namespace {

using testing::body_of;
using testing::field_of;
using testing::get;
using testing::status_of;
using testing::with_method;
using Fields = std::vector<std::pair<std::string, std::string>>;

const OriginPolicy kDevelopment{.loopback_only = true, .allowed_origins = {}};
const OriginPolicy kWithApp{.loopback_only = false,
                            .allowed_origins = {"https://app.example"}};

/// A browser's upgrade request, with fields replaced or (when empty) left out.
Request upgrade(const std::string& path, const Fields& changes = {}) {
  Fields fields{{"Host", "localhost:8080"},
                {"Upgrade", "websocket"},
                {"Connection", "keep-alive, Upgrade"},
                {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                {"Sec-WebSocket-Version", "13"},
                {"Sec-WebSocket-Protocol", "weft.v1"}};
  for (const auto& [name, value] : changes) {
    std::erase_if(fields, [&name](const auto& field) { return field.first == name; });
    if (!value.empty()) fields.emplace_back(name, value);
  }
  return get(path, fields);
}

template <class Kind>
Kind routed_to(const Request& request, const OriginPolicy& origins = kDevelopment) {
  Route result = route(request, origins);
  if (auto* kind = std::get_if<Kind>(&result)) return std::move(*kind);
  ADD_FAILURE() << request.method << " " << request.path << " goes to alternative "
                << result.index();
  return {};
}

Bytes answer_to(const Request& request, const OriginPolicy& origins = kDevelopment) {
  return routed_to<Respond>(request, origins).response;
}

TEST(Route, H10HealthAndReadinessAreRead) {
  routed_to<ReadHealth>(get("/healthz"));
  routed_to<ReadReadiness>(get("/readyz"));
  routed_to<ReadHealth>(with_method("HEAD", get("/healthz")));
  // Probes name the machine as they like.
  routed_to<ReadHealth>(get("/healthz", {{"Host", "10.0.0.7:8080"}}));
}

TEST(Route, H11UpgradesToASession) {
  const auto session = routed_to<Upgrade>(upgrade("/v1/canvases/try"));
  EXPECT_EQ(session.canvas, "try");
  EXPECT_EQ(session.form.encoding, protocol::Encoding::msgpack);
  EXPECT_EQ(status_of(session.response), 101);
  EXPECT_EQ(field_of(session.response, "Upgrade"), "websocket");
  EXPECT_EQ(field_of(session.response, "Connection"), "Upgrade");
  EXPECT_EQ(field_of(session.response, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(field_of(session.response, "Sec-WebSocket-Protocol"), "weft.v1");
  EXPECT_TRUE(session.response.ends_with("\r\n\r\n"));
}

TEST(Route, P2ChoosesTheFirstKnownSubprotocol) {
  const auto session = routed_to<Upgrade>(
      upgrade("/v1/canvases/try", {{"Sec-WebSocket-Protocol", "other, weft.v1+json, weft.v1"}}));
  EXPECT_EQ(session.form.encoding, protocol::Encoding::json);
  EXPECT_EQ(field_of(session.response, "Sec-WebSocket-Protocol"), "weft.v1+json");
}

TEST(Route, W35AgreesOnCompression) {
  const Fields chromium{{"Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"}};
  const auto session = routed_to<Upgrade>(upgrade("/v1/canvases/try", chromium));
  EXPECT_TRUE(session.form.is_compressed);
  EXPECT_EQ(field_of(session.response, "Sec-WebSocket-Extensions"),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");

  const auto without = routed_to<Upgrade>(upgrade("/v1/canvases/try"));
  EXPECT_FALSE(without.form.is_compressed);
  EXPECT_FALSE(without.response.contains("Extensions"));
}

TEST(Route, W36ACompressionThatIsSwitchedOffIsNotAgreedOn) {
  const Request request =
      upgrade("/v1/canvases/try", {{"Sec-WebSocket-Extensions", "permessage-deflate"}});
  const auto session = std::get<Upgrade>(route(request, kDevelopment, false));
  EXPECT_FALSE(session.form.is_compressed);
  EXPECT_FALSE(session.response.contains("Extensions"));
}

TEST(Route, P2NamesBothSubprotocolsToWhoOffersNeither) {
  for (const char* offer : {"", "weft.v2", "WEFT.V1", "weft.v1+xml"}) {
    const Bytes response =
        answer_to(upgrade("/v1/canvases/try", {{"Sec-WebSocket-Protocol", offer}}));
    EXPECT_EQ(status_of(response), 400) << offer;
    EXPECT_TRUE(body_of(response).contains("weft.v1 ")) << offer;
    EXPECT_TRUE(body_of(response).contains("weft.v1+json")) << offer;
  }
}

TEST(Route, H11RefusesABrokenUpgrade) {
  const auto status = [](const Fields& changes) {
    return status_of(answer_to(upgrade("/v1/canvases/try", changes)));
  };
  EXPECT_EQ(status({{"Connection", "keep-alive"}}), 400);
  EXPECT_EQ(status({{"Connection", ""}}), 400);
  EXPECT_EQ(status({{"Sec-WebSocket-Key", ""}}), 400);
  EXPECT_EQ(status({{"Sec-WebSocket-Key", "short"}}), 400);
  const Bytes old = answer_to(upgrade("/v1/canvases/try", {{"Sec-WebSocket-Version", "8"}}));
  EXPECT_EQ(status_of(old), 426);
  EXPECT_EQ(field_of(old, "Sec-WebSocket-Version"), "13");

  Request http_1_0 = upgrade("/v1/canvases/try");
  http_1_0.is_http_1_0 = true;
  EXPECT_EQ(status_of(answer_to(http_1_0)), 400);

  Request two_keys = upgrade("/v1/canvases/try");
  two_keys.fields.emplace_back("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(status_of(answer_to(two_keys)), 400);
}

TEST(Route, H12ReadsWithoutAnUpgrade) {
  EXPECT_EQ(routed_to<ReadDocument>(get("/v1/canvases/try")).canvas, "try");
  EXPECT_EQ(routed_to<ReadLastSeen>(get("/v1/canvases/try/last-seen")).canvas, "try");
  EXPECT_EQ(routed_to<ReadDocument>(with_method("HEAD", get("/v1/canvases/try"))).canvas, "try");
  routed_to<ReadDocument>(upgrade("/v1/canvases/try", {{"Upgrade", "h2c"}}));
  routed_to<ReadDocument>(with_method("HEAD", upgrade("/v1/canvases/try")));
  routed_to<ReadLastSeen>(upgrade("/v1/canvases/try/last-seen"));
}

TEST(Route, P1KnowsAValidCanvasId) {
  for (const std::string& id :
       {std::string("a"), std::string("AZaz09._~:-"), std::string(128, 'x')}) {
    EXPECT_TRUE(is_valid_canvas_id(id)) << id;
    EXPECT_EQ(routed_to<Upgrade>(upgrade("/v1/canvases/" + id)).canvas, id);
  }
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("a b"),
                                std::string("a/b"), std::string("ü"), std::string("a\0b", 3),
                                std::string("a%"), std::string("a*"), std::string("a\n")}) {
    EXPECT_FALSE(is_valid_canvas_id(id)) << id;
  }
}

TEST(Route, P1AnInvalidIdIsNotFound) {
  for (const char* id : {"", "a%20b", "a*b", "%C3%BC", "%2e%2e%2f", "%", "a%2", "a%zz", "a%00"}) {
    const std::string path = std::string("/v1/canvases/") + id;
    EXPECT_EQ(status_of(answer_to(upgrade(path))), 404) << id;
    EXPECT_EQ(status_of(answer_to(get(path))), 404) << id;
    EXPECT_EQ(status_of(answer_to(get(path + "/last-seen"))), 404) << id;
  }
  EXPECT_EQ(status_of(answer_to(upgrade("/v1/canvases/" + std::string(129, 'x')))), 404);
}

TEST(Route, H13DecodesTheCanvasOnce) {
  EXPECT_EQ(routed_to<ReadDocument>(get("/v1/canvases/team%3aboard%2D1")).canvas, "team:board-1");
  EXPECT_EQ(routed_to<Upgrade>(upgrade("/v1/canvases/%7E%7e")).canvas, "~~");
  EXPECT_EQ(status_of(answer_to(get("/v1/canvases/a%253Ab"))), 404);
}

TEST(Route, H14TakesTheTokenFromAuthorizationOnly) {
  const auto token = [](const std::string& path, const Fields& fields) {
    return routed_to<ReadDocument>(get(path, fields)).token;
  };
  EXPECT_EQ(token("/v1/canvases/try", {{"Authorization", "Bearer abc.def"}}), "abc.def");
  EXPECT_EQ(token("/v1/canvases/try", {{"authorization", "bearer  abc"}}), "abc");
  EXPECT_EQ(token("/v1/canvases/try", {{"Authorization", "Basic abc"}}), "");
  EXPECT_EQ(token("/v1/canvases/try", {{"Authorization", "Bearer"}}), "");
  EXPECT_EQ(token("/v1/canvases/try", {{"Authorization", "Bearer "}}), "");
  EXPECT_EQ(token("/v1/canvases/try?token=abc&access_token=abc", {{"Cookie", "token=abc"}}), "");
  EXPECT_EQ(
      routed_to<ReadLastSeen>(get("/v1/canvases/try/last-seen", {{"Authorization", "Bearer abc"}}))
          .token,
      "abc");
}

TEST(Route, H15HasNoOtherApi) {
  for (const char* path :
       {"/v1", "/v1/", "/v1/canvases", "/v1/nothing", "/v1/canvases/try/", "/v1/canvases/try/other",
        "/v1/canvases/try/last-seen/", "/v1/Canvases/try"}) {
    const Bytes response = answer_to(get(path));
    EXPECT_EQ(status_of(response), 404) << path;
    EXPECT_EQ(field_of(response, "Content-Type"), "application/json") << path;
  }
}

TEST(Route, H16OtherMethodsAreNotAllowed) {
  for (const char* path : {"/", "/healthz", "/readyz", "/v1/canvases/try",
                           "/v1/canvases/try/last-seen", "/assets/a.js"}) {
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "WEFT"}) {
      const Bytes response = answer_to(with_method(method, get(path)));
      EXPECT_EQ(status_of(response), 405) << method << " " << path;
      EXPECT_TRUE(field_of(response, "Allow").starts_with("GET, HEAD")) << method << " " << path;
    }
  }
  EXPECT_EQ(status_of(answer_to(with_method("POST", upgrade("/v1/canvases/try")))), 405);
}

TEST(Route, H5HeadHasNoBody) {
  const Bytes page = answer_to(get("/nothing"));
  const Bytes head = answer_to(with_method("HEAD", get("/nothing")));
  EXPECT_EQ(head, page.substr(0, page.size() - body_of(page).size()));
  EXPECT_EQ(field_of(head, "Content-Length"), std::to_string(body_of(page).size()));

  const Bytes built_later = finish_response(make_response(200, "text/plain", "ok"),
                                            with_method("HEAD", get("/healthz")), kDevelopment);
  EXPECT_EQ(field_of(built_later, "Content-Length"), "2");
  EXPECT_EQ(body_of(built_later), "");
}

TEST(Route, H20RefusesOtherHostsInDevelopmentMode) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:8080"}) {
    const Bytes response = answer_to(upgrade("/v1/canvases/try", {{"Host", host}}));
    EXPECT_EQ(status_of(response), 403) << host;
    EXPECT_TRUE(body_of(response).contains("localhost"));
    EXPECT_EQ(status_of(answer_to(get("/v1/canvases/try", {{"Host", host}}))), 403) << host;
  }
  routed_to<Upgrade>(upgrade("/v1/canvases/try", {{"Host", "weft.example"}}), kWithApp);
}

TEST(Route, H22RefusesForeignPages) {
  const Fields evil{{"Origin", "https://evil.example"}};
  EXPECT_EQ(status_of(answer_to(upgrade("/v1/canvases/try", evil))), 403);
  EXPECT_EQ(status_of(answer_to(get("/v1/canvases/try", evil))), 403);
  EXPECT_EQ(status_of(answer_to(get("/v1/canvases/try/last-seen", evil))), 403);
  EXPECT_EQ(status_of(answer_to(with_method("OPTIONS", get("/v1/canvases/try", evil)))), 403);
  EXPECT_EQ(field_of(answer_to(get("/v1/canvases/try", evil)), "Access-Control-Allow-Origin"), "");
  // Two origins are none that could be allowed.
  Request doubled = upgrade("/v1/canvases/try", {{"Origin", "http://localhost:8080"}});
  doubled.fields.emplace_back("Origin", "https://app.example");
  EXPECT_EQ(status_of(answer_to(doubled, kWithApp)), 403);
}

TEST(Route, H21LetsItsOwnPagesIn) {
  const Fields own{{"Origin", "http://localhost:8080"}};
  routed_to<Upgrade>(upgrade("/v1/canvases/try", own));
  routed_to<ReadDocument>(get("/v1/canvases/try", own));
}

TEST(Route, H22LetsListedPagesIn) {
  const Fields app{{"Origin", "https://app.example"}};
  routed_to<Upgrade>(upgrade("/v1/canvases/try", app), kWithApp);
  routed_to<ReadDocument>(get("/v1/canvases/try", app), kWithApp);
}

TEST(Route, H24JudgesHostAndOriginFirst) {
  const Fields evil{{"Origin", "https://evil.example"}};
  EXPECT_EQ(status_of(answer_to(get("/v1/nothing", evil))), 403);
  EXPECT_EQ(status_of(answer_to(upgrade("/v1/canvases/a*b", evil))), 403);
  EXPECT_EQ(status_of(answer_to(with_method("POST", get("/v1/canvases/try", evil)))), 403);
}

TEST(Route, H25AnswersOfTheApiCarryCorsFields) {
  const Request app = get("/v1/canvases/try", {{"Origin", "https://app.example"}});
  const Bytes document =
      finish_response(make_response(200, "application/json", "{}"), app, kWithApp);
  EXPECT_TRUE(document.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(field_of(document, "Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(field_of(document, "Vary"), "Origin");
  EXPECT_EQ(body_of(document), "{}");

  const Bytes own = finish_response(make_response(200, "application/json", "{}"),
                                    get("/v1/canvases/try"), kWithApp);
  EXPECT_EQ(field_of(own, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(field_of(own, "Vary"), "Origin");

  const Bytes missing =
      answer_to(get("/v1/nothing", {{"Origin", "https://app.example"}}), kWithApp);
  EXPECT_EQ(field_of(missing, "Access-Control-Allow-Origin"), "https://app.example");

  const Bytes health =
      finish_response(make_response(200, "text/plain", "ok"),
                      get("/healthz", {{"Origin", "https://app.example"}}), kWithApp);
  EXPECT_EQ(field_of(health, "Access-Control-Allow-Origin"), "");
}

TEST(Route, H26AnswersAPreflight) {
  const Fields asked{{"Origin", "https://app.example"},
                     {"Access-Control-Request-Method", "GET"},
                     {"Access-Control-Request-Headers", "authorization"}};
  for (const char* path : {"/v1/canvases/try", "/v1/canvases/try/last-seen"}) {
    const Bytes response = answer_to(with_method("OPTIONS", get(path, asked)), kWithApp);
    EXPECT_EQ(status_of(response), 204);
    EXPECT_EQ(field_of(response, "Access-Control-Allow-Origin"), "https://app.example");
    EXPECT_EQ(field_of(response, "Access-Control-Allow-Methods"), "GET, HEAD");
    EXPECT_EQ(field_of(response, "Access-Control-Allow-Headers"), "Authorization");
    EXPECT_EQ(field_of(response, "Access-Control-Max-Age"), "600");
    EXPECT_EQ(field_of(response, "Vary"), "Origin");
  }
  const Bytes own = answer_to(with_method("OPTIONS", get("/v1/canvases/try")));
  EXPECT_EQ(status_of(own), 204);
  EXPECT_EQ(field_of(own, "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(field_of(own, "Access-Control-Allow-Methods"), "");
}

TEST(Route, H30OtherPathsAreFiles) {
  // With or without a demo page in this build.
  const Bytes index = answer_to(get("/?canvas=try"));
  EXPECT_EQ(status_of(index), 200);
  EXPECT_EQ(field_of(index, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(status_of(answer_to(get("/v2/canvases/try"))), 404);
  // Nothing to protect in a public page: any host, any origin.
  EXPECT_EQ(status_of(answer_to(get("/", {{"Host", "weft.example"}, {"Origin", "null"}}))), 200);
}

}  // namespace
}  // namespace weft::http
