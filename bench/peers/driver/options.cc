// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>

namespace weft::peers {

Options parse_options(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Drives one server of the comparison on 127.0.0.1 and prints what happened as JSON.");
  app.add_option("--wire", options.wire, "What it speaks: " + std::string(wire_names()))
      ->required();
  app.add_option("--hello", options.hello, "What the wire has to know of the server");
  app.add_option("--port", options.ports, "Where it listens; one for each instance")->required();
  app.add_option("--process", options.processes, "Its processes, for CPU time and memory")
      ->required();
  const std::map<std::string, Deed> deeds = {
      {"cursors", Deed::cursors}, {"edits", Deed::edits}, {"idle", Deed::idle}};
  app.add_option("--deed", options.deed, "What people do")
      ->transform(CLI::CheckedTransformer(deeds).description("{cursors,edits,idle}"));
  app.add_option("--rooms", options.rooms, "Rooms")->check(CLI::Range(1, 10'000));
  app.add_option("--people", options.people, "People in each room")->check(CLI::Range(1, 10'000));
  app.add_option("--listeners", options.listeners,
                 "Count what so many of each room hear; the others read without looking, so only "
                 "for wires that need no answers (0: everybody)")
      ->check(CLI::Range(0, 10'000));
  app.add_option("--rate", options.rate, "Deeds of each person in a second")
      ->check(CLI::Range(0.1, 1000.0));
  app.add_option("--warm-up", options.warm_up_seconds, "Seconds before counting")
      ->check(CLI::Range(0.0, 60.0));
  // A stamp is good for 16 s.
  app.add_option("--seconds", options.seconds, "Seconds of counting")->check(CLI::Range(0.1, 15.0));
  try {
    app.parse(argc, argv);
    if (options.listeners > options.people) {
      throw CLI::ValidationError("--listeners", "must not be more than --people");
    }
  } catch (const CLI::ParseError& problem) {
    std::exit(app.exit(problem));
  }
  return options;
}

}  // namespace weft::peers
