# SPDX-License-Identifier: Apache-2.0
#
# One line per library, program and test; the DEPS of a library are the architecture.

add_library(jejak_options INTERFACE)
target_compile_options(jejak_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -fno-strict-aliasing
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # g++ 12 sees overlaps in optimized std::string that are none (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${JEJAK_DEVELOPER}>:-Werror>)
if(JEJAK_SANITIZE)
  add_compile_options(-fsanitize=${JEJAK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${JEJAK_SANITIZE})
endif()
if(JEJAK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# jejak_library(NAME SOURCES a.cc ... DEPS ...) makes jejak_NAME with the alias jejak::NAME.
function(jejak_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(jejak_${name} STATIC ${ARG_SOURCES})
  add_library(jejak::${name} ALIAS jejak_${name})
  target_include_directories(jejak_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(jejak_${name} PUBLIC ${ARG_DEPS} PRIVATE jejak_options)
endfunction()

# jejak_program(NAME SOURCES ... DEPS ...) makes the executable bin/NAME.
function(jejak_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} jejak_options)
endfunction()

# jejak_test(path/to/x_test.cc [DEPS ...] [LABELS ...] [TIMEOUT seconds]) makes one test program and
# one ctest entry named after the file.
function(jejak_test source)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPS;LABELS" ${ARGN})
  get_filename_component(name ${source} NAME_WE)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${source})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main jejak_options)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    ENVIRONMENT "JEJAK_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};JEJAK_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()

# jejak_python_test(x_test.py [LABELS ...]) makes one ctest entry named after the file. It runs with
# Debian's own Python, which has Debian's gRPC and protobuf; another one in the PATH may not.
function(jejak_python_test source)
  cmake_parse_arguments(ARG "" "" "LABELS" ${ARGN})
  get_filename_component(name ${source} NAME_WE)
  find_program(JEJAK_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
  add_test(NAME ${name} COMMAND ${JEJAK_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS "${ARG_LABELS}"
    ENVIRONMENT "JEJAK_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};JEJAK_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()
