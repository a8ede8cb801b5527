// SPDX-License-Identifier: Apache-2.0
#include "redis/setup.h"

#include "redis/command_format.h"

#include <string>
#include <utility>

namespace weft::redis {
namespace {

SetupStep step(Bytes bytes, std::string name) {
  return {std::move(bytes), [name = std::move(name)](const Answer& answer) -> std::string {
            if (answer) return {};
            return "it refuses " + name + ": " + answer.error().detail;
          }};
}

/// A proxy or an ACL may not let us ask; then READONLY tells us later.
std::string check_role(const Answer& answer) {
  if (!answer || answer->items.empty() || answer->items[0].text == "master") return {};
  if (answer->items[0].text == "slave") return "it is not a master but a replica";
  return "it is not a master but a " + answer->items[0].text;
}

/// PING is refused while the data is loaded, when the subscriptions of the same server work.
std::string check_loaded(const Answer& answer) {
  if (answer || !answer.error().detail.starts_with("LOADING")) return {};
  return answer.error().detail;
}

}  // namespace

void add_authentication(const Credentials& credentials, std::vector<SetupStep>& steps) {
  if (credentials.password.empty()) return;
  Bytes bytes = credentials.user.empty()
                    ? format_command({"AUTH", credentials.password})
                    : format_command({"AUTH", credentials.user, credentials.password});
  steps.push_back(step(std::move(bytes), "AUTH"));
}

std::vector<SetupStep> node_setup(const Options& options) {
  std::vector<SetupStep> steps;
  add_authentication(options.credentials, steps);
  if (options.database != 0) {
    steps.push_back(step(format_command({"SELECT", std::to_string(options.database)}), "SELECT"));
  }
  if (options.mode != Mode::cluster) steps.push_back({format_command({"ROLE"}), check_role});
  steps.push_back({format_command({"PING"}), check_loaded});
  return steps;
}

}  // namespace weft::redis
