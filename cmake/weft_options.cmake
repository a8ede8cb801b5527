# SPDX-License-Identifier: Apache-2.0
# One interface target carries warnings and sanitizers, so that they reach our targets only.
add_library(weft_options INTERFACE)
target_include_directories(weft_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(weft_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(WEFT_WERROR)
  target_compile_options(weft_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of g++ 12's flow analysis inside std::string and std::vector at -O2/-O3.
  target_compile_options(weft_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
# Any x86-64 of the last fifteen years has this (x86-64-v2: SSE4.2, POPCNT); arm64 needs no flag.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(weft_options INTERFACE $<$<CONFIG:Release>:-march=x86-64-v2>)
endif()
if(WEFT_SANITIZE)
  target_compile_options(weft_options INTERFACE -fsanitize=${WEFT_SANITIZE} -fno-sanitize-recover=all
                                                -fno-omit-frame-pointer)
  target_link_options(weft_options INTERFACE -fsanitize=${WEFT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The instrumentation hides from g++ 12 that Boost's and the library's optionals are initialized.
    target_compile_options(weft_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(WEFT_FUZZ)
  target_compile_options(weft_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(weft_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
