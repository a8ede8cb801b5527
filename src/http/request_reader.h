// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/bytes.h"

namespace weft::http {

/// Bytes of a request's head, and its header fields.
inline constexpr std::size_t kHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 100;

/// A request without a body: all that Weft's HTTP side takes.
struct Request {
  std::string method;
  std::string path;   // percent-encoding as it came
  std::string query;  // without the question mark
  std::vector<std::pair<std::string, std::string>> fields;

  /// The value of the first field of that name (case does not matter), or nothing.
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

/// Reads the head of one request, sans-io, over Beast's parser.
class RequestReader {
 public:
  RequestReader();
  ~RequestReader();

  enum class State : unsigned char {
    need_more,
    done,    // request() is complete; rest() came behind it
    failed,  // refusal() is the response to send before closing
  };
  [[nodiscard]] State feed(ByteView bytes);
  [[nodiscard]] const Request& request() const;
  /// Bytes behind the head that were fed; live until the next call.
  [[nodiscard]] ByteView rest() const;
  [[nodiscard]] const Bytes& refusal() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace weft::http
