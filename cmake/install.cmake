# Installs the program and the CMake package: find_package(Tallystick) gives tallystick::client and
# tallystick::testing. Included at the end, when all targets are there.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Tallystick)
set(include_dir ${CMAKE_INSTALL_INCLUDEDIR}/tallystick)
set(package_targets tally_base tally_crypto tally_ledger tally_consensus tally_storage tally_node
  tally_api tally_client tally_network tally_testing)

# Project headers include each other from the root, which is include/tallystick here.
target_include_directories(tally_base INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}> $<INSTALL_INTERFACE:${include_dir}>)
target_compile_features(tally_base PUBLIC cxx_std_20)
set_target_properties(tally_client PROPERTIES EXPORT_NAME client)
set_target_properties(tally_testing PROPERTIES EXPORT_NAME testing)

install(TARGETS ${package_targets} EXPORT TallystickTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET tallystick)
  install(TARGETS tallystick EXPORT TallystickTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(EXPORT TallystickTargets NAMESPACE tallystick:: DESTINATION ${package_dir})

foreach(folder base crypto ledger)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${include_dir}
    FILES_MATCHING PATTERN "*.h")
endforeach()
install(FILES client/client.h client/errors.h client/proof.h client/trust.h
  DESTINATION ${include_dir}/client)
install(FILES network/network_spec.h DESTINATION ${include_dir}/network)
install(FILES testing/local_cluster.h DESTINATION ${include_dir}/testing)
install(FILES client/tallystick/client.h testing/tallystick/testing.h
  DESTINATION ${include_dir})
install(DIRECTORY network-config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tallystick/network-config
  FILES_MATCHING PATTERN "*.toml")

configure_package_config_file(cmake/TallystickConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/TallystickConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/TallystickConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/TallystickConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/TallystickConfigVersion.cmake DESTINATION ${package_dir})
