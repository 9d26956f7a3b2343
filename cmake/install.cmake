# Installs the program and the CMake package: find_package(Tallystick) gives tallystick::client and
# tallystick::testing. Included at the end, when all targets are there.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Tallystick)
# What each component is made of. No component needs RocksDB's development files, and the client's
# none of toml++.
set(client_targets tally_base tally_crypto tally_ledger tally_api tally_client)
set(testing_targets tally_consensus tally_storage tally_node tally_network tally_testing)

target_include_directories(tally_base INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(tally_base PUBLIC cxx_std_20)
set_target_properties(tally_client PROPERTIES EXPORT_NAME client)
set_target_properties(tally_testing PROPERTIES EXPORT_NAME testing)

install(TARGETS ${client_targets} EXPORT TallystickClient
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ${testing_targets} EXPORT TallystickTesting
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(component Client Testing)
  install(EXPORT Tallystick${component} NAMESPACE tallystick:: DESTINATION ${package_dir})
endforeach()

install(CODE "set(source ${PROJECT_SOURCE_DIR})
set(headers ${PROJECT_BINARY_DIR}/installed-headers)
set(include_folder ${CMAKE_INSTALL_INCLUDEDIR})")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake)
install(DIRECTORY network-config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tallystick/network-config
  FILES_MATCHING PATTERN "*.toml")

configure_package_config_file(cmake/TallystickConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/TallystickConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/TallystickConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/TallystickConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/TallystickConfigVersion.cmake DESTINATION ${package_dir})

# The two public headers compile alone, as all others do (tally_library).
tally_check_headers(public ${PROJECT_SOURCE_DIR}/include tally::testing
  ${PROJECT_SOURCE_DIR}/include/tallystick/client.h
  ${PROJECT_SOURCE_DIR}/include/tallystick/testing.h)
