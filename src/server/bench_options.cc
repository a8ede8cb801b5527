// SPDX-License-Identifier: Apache-2.0
#include "server/bench_options.h"

#include <CLI/CLI.hpp>

namespace weft::server {

void add_bench_options(CLI::App& app, BenchCommand& command) {
  load::Plan& plan = command.plan;
  app.allow_extras();
  app.add_option("scenario", command.scenario,
                 "cursors: everybody moves. concepts: everybody pushes and waits for acks. join: "
                 "everybody comes within --seconds. idle: everybody is just there. stalled: "
                 "cursors, while some stop reading")
      ->required();
  app.add_option("--url", command.urls,
                 "A server, may be repeated; each room's people are spread over all of them "
                 "(ws://127.0.0.1:8080)")
      ->type_name("URL")
      ->expected(1)
      ->take_all();
  app.add_option("--rooms", plan.rooms, "Canvases (1)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--people", plan.people, "People on each canvas (100)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option(
         "--movers", plan.movers,
         "cursors: so many of each room's people move, the others only watch (0: everybody)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--listeners", plan.listeners,
                 "cursors, stalled: count what so many of each room's people hear; the others take "
                 "the same bytes off their sockets unseen, so that a large room needs no larger "
                 "generator (0: everybody)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--in-flight", plan.in_flight,
                 "concepts: a closed loop instead of a rate; everybody has so many pushes without "
                 "an ack, and each ack brings the next (0: by --rate)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rate", command.rate,
                 "Moves or pushes a second of each person (20; concepts: 2)")
      ->type_name("N");
  app.add_option("--seconds", plan.seconds, "How long is measured (5)")->type_name("SECONDS");
  app.add_option("--warmup", command.warmup_seconds,
                 "How long people do the same before that (1.5; join and idle: 0)")
      ->type_name("SECONDS");
  app.add_option("--entities", command.entities,
                 "Put so many entities on each canvas first (0; join: 1000)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--plane", plan.plane,
                 "Spread each room's people over N x N squares, and let them say that they see the "
                 "nine around them (0: no views)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--stalled-share", plan.stalled_share,
                 "stalled: which part of each room stops reading, 0 to 1 (0.1)")
      ->type_name("SHARE");
  app.add_option("--step-ms", plan.step_ms,
                 "Send what is due together every so often (0: each at its moment)")
      ->type_name("MS");
  app.add_option("--canvas-prefix", plan.canvas_prefix, "Canvases are PREFIX-0, PREFIX-1 … (bench)")
      ->type_name("PREFIX");
  app.add_option("--token", command.token, "A token for everybody, or a file that holds it")
      ->type_name("FILE|TEXT");
  app.add_option("--auth-key", command.key_file,
                 "HS256 secret or private key: mint a token for each person")
      ->type_name("FILE");
  app.add_option("--pid", command.server_pids,
                 "A server's process on this machine, to read its CPU time and memory; may be "
                 "repeated")
      ->type_name("PID")
      ->expected(1)
      ->take_all();
  app.add_option("--redis-pid", command.redis_pids, "The same for Redis")
      ->type_name("PID")
      ->expected(1)
      ->take_all();
  app.add_option("--threads", plan.threads, "Threads that generate (1)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seed", plan.seed,
                 "Names the people, too: generators that run at once need one each (1)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", command.json, "Report as one line of JSON");
  app.add_flag("--progress", command.progress,
               "Say each second how it stands, also when stderr is no terminal");
}

}  // namespace weft::server
