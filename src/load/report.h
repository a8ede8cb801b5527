// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/outcome.h"
#include "load/plan.h"

#include <string>
#include <string_view>

namespace weft::load {

/// A table for people; ends with a newline.
[[nodiscard]] std::string report_as_text(const Plan& plan, const Outcome& outcome);

/// The same as one JSON object on one line; docs/operations.md says what the keys mean.
/// `version`: of this program.
[[nodiscard]] std::string report_as_json(const Plan& plan, const Outcome& outcome,
                                         std::string_view version);

}  // namespace weft::load
