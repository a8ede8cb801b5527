// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace weft::server {

/// How the process ends; docs/operations.md.
inline constexpr int kExitOk = 0;
/// It could not start or did not end well: address in use, a damaged database, a flush cut short.
inline constexpr int kExitFailed = 1;
/// The command line, the configuration or the key file is wrong.
inline constexpr int kExitUsage = 2;
/// Going on would have risked what was acknowledged (EX_SOFTWARE of sysexits.h).
inline constexpr int kExitStoreFatal = 70;

}  // namespace weft::server
