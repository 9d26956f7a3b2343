# Installs the build into a prefix of its own and uses it as others would: the example, and guests
# that have other libraries too or lack what the package must not need.
file(REMOVE_RECURSE ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}")
  endif()
endfunction()

# build_outside(FOLDER NAME OPTION...): configures and builds a project against the prefix; `commands`
# is then what the build ran.
function(build_outside folder name)
  run(${CMAKE_COMMAND} -S ${folder} -B ${WORK}/${name} -G ${GENERATOR}
    -D CMAKE_PREFIX_PATH=${WORK}/prefix -D CMAKE_CXX_COMPILER=${COMPILER}
    -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} "-DCMAKE_CXX_FLAGS=${flags}" ${ARGN})
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/${name} --verbose
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${name} does not build")
  endif()
  set(commands "${output}" PARENT_SCOPE)
endfunction()

# refuse(NAME PATTERN...): none of them may be in what the build of NAME ran.
function(refuse name)
  foreach(pattern ${ARGN})
    if(commands MATCHES "${pattern}")
      message(FATAL_ERROR "${name}: ${pattern} in its commands")
    endif()
  endforeach()
endfunction()

set(flags "")
if(SANITIZE)
  # What our archives were built with, their users must be linked with.
  set(flags "-fsanitize=${SANITIZE}")
endif()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
foreach(other base client storage)
  if(EXISTS ${WORK}/prefix/include/${other} OR EXISTS ${WORK}/prefix/include/tallystick/${other})
    message(FATAL_ERROR "installed headers can be found as ${other}/...")
  endif()
endforeach()

build_outside(${GUEST} guest-client -D COMPONENT=client
  -D CMAKE_DISABLE_FIND_PACKAGE_RocksDB=ON -D CMAKE_DISABLE_FIND_PACKAGE_tomlplusplus=ON)
refuse(guest-client rocksdb tomlplusplus libtally_storage libtally_node "include/tallystick[ \n]")
run(${WORK}/guest-client/guest)

build_outside(${GUEST} guest-testing -D COMPONENT=testing
  -D CMAKE_DISABLE_FIND_PACKAGE_RocksDB=ON)
refuse(guest-testing rocksdb "include/tallystick[ \n]")
run(${WORK}/guest-testing/guest_test)

build_outside(${EXAMPLE} example -D CMAKE_DISABLE_FIND_PACKAGE_RocksDB=ON)
run(${CMAKE_COMMAND} -E env --unset=TALLYSTICK_BINARY ${WORK}/example/credit_test)
