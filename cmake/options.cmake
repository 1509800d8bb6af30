# ccache, where it is installed, makes the builds of the different presets share what they can: it is
# told to see neither the build folder nor this tree's place on the disk.
find_program(CUPEL_CCACHE ccache)
if(CUPEL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=true ${CUPEL_CCACHE})
endif()

# Warnings, hardening and sanitizers, as one interface target that every target of ours links.
add_library(cupel_options INTERFACE)
target_compile_options(cupel_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 warns about std::string's operator+ itself when it optimises (GCC bug 105651).
  target_compile_options(cupel_options INTERFACE -Wno-restrict)
  if(CUPEL_SANITIZE)
    # The instrumentation hides from it what std::variant initialises (GCC bug 105562).
    target_compile_options(cupel_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(CUPEL_WERROR)
  target_compile_options(cupel_options INTERFACE -Werror)
endif()
target_compile_options(cupel_options INTERFACE -fstack-protector-strong -fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(cupel_options INTERFACE -fcf-protection)
endif()
target_compile_definitions(cupel_options INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo" AND NOT CUPEL_SANITIZE)
  # Some toolchains predefine a lower level, so it is undefined first.
  target_compile_options(cupel_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(CUPEL_SANITIZE)
  target_compile_options(cupel_options INTERFACE
    -fsanitize=${CUPEL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cupel_options INTERFACE -fsanitize=${CUPEL_SANITIZE})
endif()
if(CUPEL_FUZZ)
  target_compile_options(cupel_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
