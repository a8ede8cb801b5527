// SPDX-License-Identifier: Apache-2.0
#include "server/authentication.h"

#include "server/key_file.h"

#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace weft::server {
namespace {

constexpr std::uint32_t kLoopbackNet = 127;

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    return ntohl(ipv4.sin_addr.s_addr) >> 24 == kLoopbackNet;
  }
  if (address.sa_family == AF_INET6) {
    const in6_addr& ipv6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&ipv6) ||
           (IN6_IS_ADDR_V4MAPPED(&ipv6) && ipv6.s6_addr[12] == kLoopbackNet);
  }
  return false;
}

}  // namespace

Result<bool, std::string> is_loopback_only(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  if (error != 0 || found == nullptr) {
    return Failure<std::string>("The host " + host +
                                " to listen on has no address: " + ::gai_strerror(error) + ".");
  }
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (!is_loopback(*at->ai_addr)) return false;
  }
  return true;
}

Result<Authentication, std::string> set_up_authentication(const Config& config) {
  if (config.auth_key_file.empty()) {
    const auto is_local = is_loopback_only(config.host);
    if (!is_local) return Failure<std::string>(is_local.error());
    if (!*is_local) {
      return Failure<std::string>(
          "Without an authentication key everybody may do everything, so Weft listens on loopback "
          "only, and " +
          config.host +
          " is not: give it a key with --auth-key FILE, or listen on 127.0.0.1 or [::1].");
    }
    return Authentication{connection::Authenticator::development(), {}};
  }

  auto file = read_key_file(config.auth_key_file);
  if (!file) return Failure<std::string>(std::move(file.error()));
  std::vector<std::string> warnings;
  if (!file->warning.empty()) warnings.push_back(std::move(file->warning));
  if (const std::size_t ignored = file->keys.ignored_keys(); ignored > 0) {
    warnings.push_back(std::to_string(ignored) + " keys in " + config.auth_key_file +
                       " are of no use here and are passed over.");
  }
  return Authentication{connection::Authenticator(std::move(file->keys)), std::move(warnings)};
}

}  // namespace weft::server
