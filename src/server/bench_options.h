// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/bench_command.h"

namespace CLI {
class App;
}

namespace weft::server {

/// Lets `app` take the arguments of weft bench; `command` is filled when they are parsed and has to
/// live until then.
void add_bench_options(CLI::App& app, BenchCommand& command);

}  // namespace weft::server
