// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/request_reader.h"
#include "http/text.h"
#include "util/bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

/// Requests to build and responses to take apart.
namespace weft::http::testing {

/// GET of a path from a client on this machine; tests add what differs.
inline Request get(std::string path, std::vector<std::pair<std::string, std::string>> fields = {}) {
  Request request;
  request.method = "GET";
  const std::size_t question = path.find('?');
  if (question != std::string::npos) {
    request.query = path.substr(question + 1);
    path.resize(question);
  }
  request.path = std::move(path);
  request.fields = std::move(fields);
  if (request.field("Host").empty()) request.fields.emplace_back("Host", "localhost:8080");
  return request;
}

inline Request with_method(std::string method, Request request) {
  request.method = std::move(method);
  return request;
}

inline int status_of(ByteView response) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!response.starts_with(kVersion)) return 0;
  return std::stoi(std::string(response.substr(kVersion.size(), 3)));
}

/// The values of all fields of that name, joined with ", ".
inline std::string field_of(ByteView response, std::string_view name) {
  std::string joined;
  std::string_view head = response.substr(0, response.find("\r\n\r\n"));
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos && equals_ignoring_case(line.substr(0, colon), name)) {
      if (!joined.empty()) joined += ", ";
      joined += line.substr(colon + 2);
    }
    head.remove_prefix(std::min(end + 2, head.size()));
  }
  return joined;
}

inline std::string_view body_of(ByteView response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == ByteView::npos ? std::string_view() : response.substr(end + 4);
}

}  // namespace weft::http::testing
