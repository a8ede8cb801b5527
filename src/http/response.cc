// SPDX-License-Identifier: Apache-2.0
#include "http/response.h"

#include "protocol/json.h"
#include "protocol/msgpack.h"

#include <string>

namespace weft::http {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

// These have no body whatever the request, so they announce none.
bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

}  // namespace

Bytes make_response(int status, std::string_view content_type, ByteView body,
                    std::string_view extra_fields) {
  Bytes response;
  response.reserve(512 + extra_fields.size() + body.size());
  response.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  response.append(reason_of(status)).append("\r\n");
  if (!is_bodiless(status)) {
    response.append("Content-Type: ").append(content_type);
    response.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  response.append(extra_fields);
  if (!extra_fields.contains("Cache-Control:")) response.append("Cache-Control: no-store\r\n");
  response.append(
      "X-Content-Type-Options: nosniff\r\n"
      "X-Frame-Options: DENY\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Connection: close\r\n"
      "\r\n");
  if (!is_bodiless(status)) response.append(body);
  return response;
}

Bytes make_error(int status, std::string_view sentence, std::string_view extra_fields) {
  Bytes packed;
  protocol::append_map(packed, 1);
  protocol::append_string(packed, "error");
  protocol::append_string(packed, sentence);
  Bytes json;
  protocol::append_value_as_json(json, packed);
  json += '\n';
  std::string fields(extra_fields);
  if (status == 401) fields += "WWW-Authenticate: Bearer\r\n";
  return make_response(status, "application/json", json, fields);
}

}  // namespace weft::http
