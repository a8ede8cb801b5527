// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The texts of lua/*.lua; what each does stands in its head.
namespace weft::log::lua {

extern const char* const prelude;
extern const char* const append;
extern const char* const archived;
extern const char* const expire;
extern const char* const keep;
extern const char* const offer;
extern const char* const open;
extern const char* const renew;
extern const char* const reserve;
extern const char* const restore;
extern const char* const save_snapshot;
extern const char* const seed;
extern const char* const since;
extern const char* const withdraw;

}  // namespace weft::log::lua
