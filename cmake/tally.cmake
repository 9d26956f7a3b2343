# Build rules that every folder shares.
include(GNUInstallDirs)
find_package(Threads REQUIRED)

find_program(TALLY_CCACHE ccache)
if(TALLY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TALLY_CCACHE})
endif()

# Warnings and sanitizers on a target of their own, never in global flags.
add_library(tally_options INTERFACE)
target_compile_options(tally_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual)
# Lines and functions for a trace, without types: a third off the time and half off the objects.
target_compile_options(tally_options INTERFACE $<$<CONFIG:RelWithDebInfo>:-g1>)
if(TALLY_WERROR)
  target_compile_options(tally_options INTERFACE -Werror)
endif()
if(TALLY_SANITIZE)
  target_compile_options(tally_options INTERFACE -fsanitize=${TALLY_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(tally_options INTERFACE -fsanitize=${TALLY_SANITIZE})
endif()

# tally_check_headers(NAME BASE TARGET HEADER...): each header compiles alone, with what users of
# TARGET have. Built by the target all_verify_interface_header_sets alone (make lint).
function(tally_check_headers name base target)
  add_library(tally_${name}_headers INTERFACE)
  target_link_libraries(tally_${name}_headers INTERFACE ${target})
  target_sources(tally_${name}_headers
    INTERFACE FILE_SET HEADERS BASE_DIRS ${base} FILES ${ARGN})
  target_compile_options(tally_${name}_headers INTERFACE -O0 -g0)
  set_target_properties(tally_${name}_headers PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()

# tally_library(NAME [INTERNAL HEADER...] SOURCES...): a static library of one folder, alias
# tally::NAME. Includes are written from the root; the arrows are the target_link_libraries of each
# folder, the same as in tests/tidy/tidy.py. INTERNAL headers are for the folder's own .cpp files,
# which may know libraries that users do not; all others must compile alone.
function(tally_library name)
  cmake_parse_arguments(arg "" "" "INTERNAL;SOURCES" ${ARGN})
  add_library(tally_${name} STATIC ${arg_SOURCES} ${arg_UNPARSED_ARGUMENTS})
  add_library(tally::${name} ALIAS tally_${name})
  target_include_directories(tally_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(tally_${name} PRIVATE $<BUILD_INTERFACE:tally_options>)
  get_property(checked DIRECTORY PROPERTY tally_headers_checked)
  if(NOT checked)  # the folder's first library
    set_property(DIRECTORY PROPERTY tally_headers_checked TRUE)
    set(patterns ${arg_SOURCES} ${arg_UNPARSED_ARGUMENTS})
    list(FILTER patterns EXCLUDE REGEX "^/")  # generated
    list(TRANSFORM patterns REPLACE "[^/]+$" "*.h")
    list(REMOVE_DUPLICATES patterns)
    file(GLOB headers ${patterns})
    foreach(internal IN LISTS arg_INTERNAL)
      list(REMOVE_ITEM headers ${CMAKE_CURRENT_SOURCE_DIR}/${internal})
    endforeach()
    tally_check_headers(${name} ${PROJECT_SOURCE_DIR} tally_${name} ${headers})
  endif()
endfunction()

# tally_test(NAME LIBRARIES lib... SOURCES file...): one Catch2 executable per tests folder; each
# TEST_CASE is a ctest test.
function(tally_test name)
  cmake_parse_arguments(arg "" "" "LIBRARIES;SOURCES" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE ${arg_LIBRARIES} Catch2::Catch2WithMain tally_options)
  # What is tested is built as it is used; the tests themselves need no optimiser, which is slow.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  target_compile_definitions(${name}_test PRIVATE
    TALLY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TALLY_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # A name that Catch reads otherwise (with a `;`) would match nothing, and pass without a word.
  catch_discover_tests(${name}_test TEST_PREFIX "${name}: " EXTRA_ARGS --warn NoTests
    PROPERTIES TIMEOUT 300)
endfunction()
