# SPDX-License-Identifier: Apache-2.0
# Release builds are optimized across files where the compiler can; the others stay quick to build.
include(CheckIPOSupported)
check_ipo_supported(RESULT has_lto OUTPUT reason LANGUAGES C CXX)
if(has_lto)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
else()
  message(STATUS "No link-time optimization: ${reason}")
endif()
