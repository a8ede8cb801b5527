// SPDX-License-Identifier: Apache-2.0
#include "load/address.h"

#include <cstring>
#include <memory>
#include <netdb.h>

namespace weft::load {

Result<Address, std::string> resolve(const Target& target) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int failure = ::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &first);
  if (failure != 0) {
    return Failure<std::string>("The host of " + target.url() +
                                " cannot be found: " + ::gai_strerror(failure) + ".");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(first, &::freeaddrinfo);
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.bytes = found->ai_addrlen;
  address.authority = target.authority();
  return address;
}

}  // namespace weft::load
