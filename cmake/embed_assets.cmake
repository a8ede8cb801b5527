# SPDX-License-Identifier: Apache-2.0
# weft_embed_assets(TARGET FUNCTION FOLDER)
# puts the files below FOLDER into TARGET as `std::span<const weft::http::Asset> weft::http::FUNCTION()`.
# The folder may be absent: then there are none. Files that come, change or go are noticed by the build.
function(weft_embed_assets target function folder)
  file(GLOB_RECURSE files LIST_DIRECTORIES false CONFIGURE_DEPENDS ${folder}/*)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${function}.cc)
  # The list is an input of its own: a file that has gone changes no other file's time.
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${function}.list)
  file(CONFIGURE OUTPUT ${list} CONTENT "${files}\n" @ONLY)
  set(script ${CMAKE_SOURCE_DIR}/cmake/write_assets.cmake)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DFUNCTION=${function} -DOUTPUT=${source} -DLIST=${list}
            -P ${script}
    DEPENDS ${files} ${list} ${script}
    COMMENT "Embedding the files of ${function}"
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
  # Link-time optimization may move top-level assembly away from the code that names its symbols.
  set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -fno-lto OBJECT_DEPENDS "${files}")
endfunction()
