# SPDX-License-Identifier: Apache-2.0
# weft_component(NAME SOURCES a.cc b.cc DEPS weft_util OpenSSL::Crypto)
# makes the library weft_NAME; without SOURCES it is a header-only library.
function(weft_component name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  if(arg_SOURCES)
    add_library(weft_${name} STATIC ${arg_SOURCES})
    target_link_libraries(weft_${name} PUBLIC weft_options ${arg_DEPS})
  else()
    add_library(weft_${name} INTERFACE)
    target_link_libraries(weft_${name} INTERFACE weft_options ${arg_DEPS})
  endif()
endfunction()
