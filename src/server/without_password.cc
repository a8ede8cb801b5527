// SPDX-License-Identifier: Apache-2.0
#include "server/without_password.h"

#include <algorithm>

namespace weft::server {
namespace {

constexpr std::string_view kStars = "***";
constexpr std::string_view kParameter = "password=";

}  // namespace

std::string without_password(std::string_view text) {
  std::string shown(text);
  // Also without a scheme: whoever forgot it gets the text back in a sentence.
  const std::size_t scheme = shown.find("://");
  const std::size_t user = scheme == std::string::npos ? 0 : scheme + 3;
  // The last @: a password that should have been encoded may hold one, or a slash.
  const std::size_t at = shown.rfind('@');
  const std::size_t colon = shown.find(':', user);
  if (at != std::string::npos && colon < at) {
    shown.replace(colon + 1, at - colon - 1, kStars);
  }
  for (std::size_t value = shown.find(kParameter); value != std::string::npos;
       value = shown.find(kParameter, value)) {
    value += kParameter.size();
    shown.replace(value, std::min(shown.find_first_of("& ", value), shown.size()) - value, kStars);
  }
  return shown;
}

}  // namespace weft::server
