// SPDX-License-Identifier: Apache-2.0
// The bare relay as a program: prints {"port":N} when it listens, ends on SIGTERM or SIGINT.
#include "relay.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <sys/resource.h>

namespace {

weft::limit::Relay* running = nullptr;

void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main() {
  try {
    raise_open_files();
    weft::limit::Relay relay;
    running = &relay;
    struct sigaction stop{};
    stop.sa_handler = [](int) { running->stop(); };
    sigaction(SIGTERM, &stop, nullptr);
    sigaction(SIGINT, &stop, nullptr);
    std::printf("{\"port\":%u}\n", static_cast<unsigned>(relay.port()));
    std::fflush(stdout);
    relay.run();
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "weft_bare_limit: %s\n", problem.what());
    return 1;
  }
}
