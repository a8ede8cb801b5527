// SPDX-License-Identifier: Apache-2.0
#include "websocket/permessage_deflate.h"

#include "websocket/deflate.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace weft::websocket {
namespace {

constexpr ByteView kName = "permessage-deflate";
constexpr ByteView kServerNoContext = "server_no_context_takeover";
constexpr ByteView kClientNoContext = "client_no_context_takeover";
constexpr ByteView kServerWindow = "server_max_window_bits";
constexpr ByteView kClientWindow = "client_max_window_bits";

bool is_token_char(char c) {
  // RFC 7230 section 3.2.6.
  constexpr ByteView kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.contains(c);
}

/// Takes one extension apart from its front.
class Scanner {
 public:
  explicit Scanner(ByteView text) : text_(text) {}

  [[nodiscard]] bool is_at_end() {
    skip_spaces();
    return text_.empty();
  }
  bool take(char wanted) {
    skip_spaces();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// A token, or nothing.
  std::optional<Bytes> take_token() {
    skip_spaces();
    const auto* const end = std::ranges::find_if_not(text_, is_token_char);
    const auto chars = static_cast<std::size_t>(end - text_.begin());
    if (chars == 0) return std::nullopt;
    Bytes token(text_.substr(0, chars));
    text_.remove_prefix(chars);
    return token;
  }
  /// A token, or one in quotes (RFC 6455 section 9.1).
  std::optional<Bytes> take_value() {
    if (!take('"')) return take_token();
    Bytes value;
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\') text_.remove_prefix(1);
      if (text_.empty() || !is_token_char(text_.front())) return std::nullopt;
      value += text_.front();
      text_.remove_prefix(1);
    }
    if (value.empty() || !take('"')) return std::nullopt;
    return value;
  }

 private:
  void skip_spaces() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size()));
  }

  ByteView text_;
};

/// Takes the first extension off the list, up to a comma that is not in quotes.
ByteView take_extension(ByteView& list) {
  bool is_quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (is_quoted || list[end] != ','); ++end) {
    if (list[end] == '"') {
      is_quoted = !is_quoted;
    } else if (is_quoted && list[end] == '\\') {
      ++end;
    }
  }
  const ByteView extension = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return extension;
}

/// A number of window bits: 8 to 15, without leading zeros.
std::optional<int> read_window_bits(ByteView text) {
  if (text.size() == 1 && (text == "8" || text == "9")) return text.front() - '0';
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5') {
    return 10 + text[1] - '0';
  }
  return std::nullopt;
}

/// The parameters of one offer, as far as they have been read.
struct Offer {
  bool server_no_context = false;
  bool client_no_context = false;
  bool server_window = false;
  bool client_window = false;

  /// False when the offer has to be declined for this parameter.
  bool take(ByteView name, const std::optional<Bytes>& value) {
    if (name == kServerNoContext) return !value && set(server_no_context);
    if (name == kClientNoContext) return !value && set(client_no_context);
    if (name == kServerWindow) {
      return value && read_window_bits(*value) == kDeflateWindowBits && set(server_window);
    }
    if (name == kClientWindow) {
      // A hint, whether there is a number or not: we inflate whatever window a client uses.
      return (!value || read_window_bits(*value)) && set(client_window);
    }
    return false;
  }

 private:
  /// False when the parameter comes twice.
  static bool set(bool& parameter) { return !std::exchange(parameter, true); }
};

/// Nothing when the extension is another one, or an offer that has to be declined.
std::optional<Offer> read_offer(ByteView extension) {
  Scanner scanner(extension);
  if (scanner.take_token() != kName) return std::nullopt;
  Offer offer;
  while (scanner.take(';')) {
    const auto name = scanner.take_token();
    if (!name) return std::nullopt;
    std::optional<Bytes> value;
    if (scanner.take('=')) {
      value = scanner.take_value();
      if (!value) return std::nullopt;
    }
    if (!offer.take(*name, value)) return std::nullopt;
  }
  if (!scanner.is_at_end()) return std::nullopt;
  return offer;
}

Bytes answer_to(const Offer& offer) {
  Bytes answer(kName);
  answer.append("; ").append(kServerNoContext).append("; ").append(kClientNoContext);
  // Whoever asks for a bound gets one named (section 7.1.2.1).
  if (offer.server_window) {
    answer.append("; ").append(kServerWindow).append("=");
    answer.append(std::to_string(kDeflateWindowBits));
  }
  return answer;
}

}  // namespace

std::optional<Bytes> accept_permessage_deflate(ByteView header_value) {
  while (!header_value.empty()) {
    if (const auto offer = read_offer(take_extension(header_value))) return answer_to(*offer);
  }
  return std::nullopt;
}

}  // namespace weft::websocket
