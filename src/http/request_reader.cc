// SPDX-License-Identifier: Apache-2.0
#include "http/request_reader.h"

#include "http/response.h"
#include "http/text.h"

// Boost 1.74 uses std::exchange without including what declares it.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <utility>

namespace weft::http {

namespace beast_http = boost::beast::http;

namespace {

Bytes refusal_of(beast_http::error error) {
  switch (error) {
    case beast_http::error::header_limit:
      return make_error(431, "The request's head is longer than 16 KiB.");
    case beast_http::error::body_limit:
      return make_error(413, "Requests to this server have no body.");
    case beast_http::error::bad_version:
      return make_error(400, "This server speaks HTTP/1.1 and HTTP/1.0.");
    default:
      return make_error(400, "The request is not well-formed HTTP/1.1.");
  }
}

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const auto at = std::ranges::find_if(
      fields, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
  return at == fields.end() ? std::string_view() : at->second;
}

std::string Request::joined_field(std::string_view name) const {
  std::string joined;
  bool is_first = true;
  for (const auto& [field_name, value] : fields) {
    if (!equals_ignoring_case(field_name, name)) continue;
    if (!std::exchange(is_first, false)) joined += ", ";
    joined += value;
  }
  return joined;
}

struct RequestReader::Parser {
  Parser() {
    // The whole head is bounded below; Beast bounds the request line and the fields one by one.
    beast.header_limit(kHeadBytesMax);
    beast.body_limit(0);
  }

  State fail(Bytes response) {
    refusal = std::move(response);
    return state = State::failed;
  }
  State finish();

  beast_http::request_parser<beast_http::empty_body> beast;
  Bytes unread;  // fed, but Beast has not taken it yet; the rest once done
  std::size_t head_bytes = 0;
  State state = State::need_more;
  Request request;
  Bytes refusal;
};

RequestReader::State RequestReader::Parser::finish() {
  const auto& message = beast.get();
  if (beast.chunked()) return fail(refusal_of(beast_http::error::body_limit));

  const auto method = message.method_string();
  request.method.assign(method.data(), method.size());
  request.is_http_1_0 = message.version() == 10;
  const std::string_view target(message.target().data(), message.target().size());
  if (!target.starts_with('/') && target != "*") {
    return fail(make_error(400, "The request's target must be a path."));
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  if (question < target.size()) request.query = target.substr(question + 1);

  std::size_t hosts = 0;
  for (const auto& field : message) {
    if (request.fields.size() == kHeaderFieldsMax) {
      return fail(make_error(431, "The request has more than 100 header fields."));
    }
    request.fields.emplace_back(std::string(field.name_string().data(), field.name_string().size()),
                                std::string(field.value().data(), field.value().size()));
    if (field.name() == beast_http::field::host) ++hosts;
  }
  if (hosts > 1 || (hosts == 0 && !request.is_http_1_0)) {
    return fail(make_error(400, "The request must have one Host field."));
  }
  return state = State::done;
}

RequestReader::RequestReader() : parser_(std::make_unique<Parser>()) {}
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::feed(ByteView bytes) {
  Parser& parser = *parser_;
  if (parser.state != State::need_more) return parser.state;

  parser.unread.append(bytes);
  boost::beast::error_code error;
  // Beast stops after the request line, then again after the fields.
  while (!parser.beast.is_header_done()) {
    const std::size_t taken = parser.beast.put(
        boost::asio::const_buffer(parser.unread.data(), parser.unread.size()), error);
    parser.unread.erase(0, taken);
    parser.head_bytes += taken;
    if (error) break;
  }
  if (error && error != beast_http::error::need_more) {
    return parser.fail(refusal_of(static_cast<beast_http::error>(error.value())));
  }
  const std::size_t head_bytes =
      parser.head_bytes + (error ? parser.unread.size() : std::size_t{0});
  if (head_bytes > kHeadBytesMax) {
    return parser.fail(refusal_of(beast_http::error::header_limit));
  }
  return error ? State::need_more : parser.finish();
}

const Request& RequestReader::request() const {
  return parser_->request;
}
ByteView RequestReader::rest() const {
  return parser_->unread;
}
const Bytes& RequestReader::refusal() const {
  return parser_->refusal;
}

}  // namespace weft::http
