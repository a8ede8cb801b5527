# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT, the C++ source with the files of FOLDER that LIST names (embed_assets.cmake).
file(READ ${LIST} files)
string(STRIP "${files}" files)

# By path in byte order, as the lookup expects.
set(paths)
foreach(file IN LISTS files)
  file(RELATIVE_PATH path ${FOLDER} ${file})
  if(NOT path MATCHES "^[A-Za-z0-9._/-]+$")
    message(FATAL_ERROR "${path}: names of embedded files have only A-Z a-z 0-9 . _ - /; rename it")
  endif()
  list(APPEND paths ${path})
endforeach()
list(SORT paths COMPARE STRING CASE SENSITIVE)

set(index 0)
set(blobs "")
set(declarations "")
set(rows "")
foreach(path IN LISTS paths)
  file(SHA256 ${FOLDER}/${path} hash)
  string(SUBSTRING ${hash} 0 32 hash)
  set(symbol weft_${FUNCTION}_${index})
  string(APPEND blobs "EMBED(\"${symbol}\", \"${FOLDER}/${path}\")\n")
  string(APPEND declarations
         "extern \"C\" {\n[[gnu::visibility(\"hidden\")]] extern const char ${symbol}_begin[];\n"
         "[[gnu::visibility(\"hidden\")]] extern const char ${symbol}_end[];\n}\n")
  string(APPEND rows "      {\"/${path}\", between(${symbol}_begin, ${symbol}_end), \"\\\"${hash}\\\"\"},\n")
  math(EXPR index "${index} + 1")
endforeach()

if(index EQUAL 0)
  set(body "  return {};\n")
else()
  set(body "  static const std::array<Asset, ${index}> kAssets{{\n${rows}  }};\n  return kAssets;\n")
endif()

file(WRITE ${OUTPUT} "// Made by cmake/write_assets.cmake.
#include \"http/assets.h\"

#include <array>

#define EMBED(symbol, file)                      \\
  asm(\".pushsection .rodata,\\\"a\\\",@progbits\\n\" \\
      \".balign 16\\n\"                            \\
      \".global \" symbol \"_begin\\n\"             \\
      \".hidden \" symbol \"_begin\\n\" symbol      \\
      \"_begin:\\n\"                               \\
      \".incbin \\\"\" file \"\\\"\\n\"                \\
      \".global \" symbol \"_end\\n\"               \\
      \".hidden \" symbol \"_end\\n\" symbol        \\
      \"_end:\\n\"                                 \\
      \".byte 0\\n\"                               \\
      \".popsection\\n\");
${blobs}
${declarations}
namespace weft::http {

[[maybe_unused]] static ByteView between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::span<const Asset> ${FUNCTION}() {
${body}}

}  // namespace weft::http
")
