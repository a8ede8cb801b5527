// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::http {

/// Bytes of a request's head, and its header fields (H1).
inline constexpr std::size_t kHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 100;

/// A request without a body: all that Weft's HTTP side takes.
struct Request {
  std::string method;
  std::string path;   // percent-encoding as it came
  std::string query;  // without the question mark
  std::vector<std::pair<std::string, std::string>> fields;
  bool is_http_1_0 = false;

  /// The value of the first field of that name (case does not matter), or nothing.
  [[nodiscard]] std::string_view field(std::string_view name) const;
  /// The values of all fields of that name, joined with ", ": what a list header means, and what
  /// makes a doubled header match nothing where one value is expected.
  [[nodiscard]] std::string joined_field(std::string_view name) const;
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
  /// Once it has said done or failed it takes no more and says the same again.
  [[nodiscard]] State feed(ByteView bytes);
  /// Requires: done.
  [[nodiscard]] const Request& request() const;
  /// Bytes behind the head that were fed with its end; they live as long as the reader.
  [[nodiscard]] ByteView rest() const;
  /// Requires: failed.
  [[nodiscard]] const Bytes& refusal() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace weft::http
