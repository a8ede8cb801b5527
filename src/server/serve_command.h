// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/config.h"
#include "store/store.h"
#include "util/result.h"

#include <memory>
#include <string>

namespace weft::server {

/// Runs the server until it is stopped; returns the process's exit status. Sets up logging, signals
/// and limits of the whole process, so it is called once.
[[nodiscard]] int serve(const Config& config);

/// The store in the data folder, which is made when absent; or a sentence.
[[nodiscard]] Result<std::unique_ptr<store::Store>, std::string> open_store(
    const std::string& data_dir);

}  // namespace weft::server
