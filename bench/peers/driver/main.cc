// SPDX-License-Identifier: Apache-2.0
// One run against one server that listens already: joins everyone, drives them, prints one line of
// JSON.
// ../README.md says what is measured and how.
#include "generator.h"
#include "options.h"
#include "wire.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <sys/resource.h>

using namespace weft::peers;

namespace {

void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

nlohmann::ordered_json to_json(const Outcome& outcome) {
  return {{"due", outcome.due},
          {"held_back", outcome.held_back},
          {"delivered", outcome.delivered},
          {"lost", outcome.lost},
          {"p50_us", outcome.p50_us},
          {"p99_us", outcome.p99_us},
          {"wall_seconds", outcome.wall_seconds},
          {"server_cpu_seconds", outcome.server_cpu_seconds},
          {"generator_cpu_seconds", outcome.generator_cpu_seconds},
          {"resident_before", outcome.resident_before},
          {"resident_after", outcome.resident_after}};
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  try {
    raise_open_files();
    const auto wire = make_wire(options.wire, options.deed, options.hello);
    if (wire == nullptr) {
      std::fprintf(stderr, "there is no wire \"%s\"; there are %s\n", options.wire.c_str(),
                   std::string(wire_names()).c_str());
      return 2;
    }
    Generator generator(options, *wire);
    std::puts(to_json(generator.run()).dump().c_str());
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
  }
}
