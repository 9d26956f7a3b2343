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
if(TALLY_WERROR)
  target_compile_options(tally_options INTERFACE -Werror)
endif()
if(TALLY_SANITIZE)
  target_compile_options(tally_options INTERFACE -fsanitize=${TALLY_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(tally_options INTERFACE -fsanitize=${TALLY_SANITIZE})
endif()

# tally_library(NAME SOURCES... ): the static library of one folder, alias tally::NAME. Includes are
# written from the root; the arrows are the target_link_libraries of each folder.
function(tally_library name)
  add_library(tally_${name} STATIC ${ARGN})
  add_library(tally::${name} ALIAS tally_${name})
  target_include_directories(tally_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(tally_${name} PRIVATE $<BUILD_INTERFACE:tally_options>)
endfunction()

# tally_test(NAME LIBRARIES lib... SOURCES file...): one Catch2 executable per tests folder; each
# TEST_CASE is a ctest test.
function(tally_test name)
  cmake_parse_arguments(arg "" "" "LIBRARIES;SOURCES" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE ${arg_LIBRARIES} Catch2::Catch2WithMain tally_options)
  target_compile_definitions(${name}_test PRIVATE
    TALLY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TALLY_BINARY_DIR="${CMAKE_BINARY_DIR}")
  catch_discover_tests(${name}_test TEST_PREFIX "${name}: " PROPERTIES TIMEOUT 300)
endfunction()
