# What `cmake --install` puts down: library, headers, command, and the two ways to find them.
include(CMakePackageConfigHelpers)

if(CUPEL_PYTHON)
  return()  # pip installs the extension alone
endif()

install(TARGETS cupel EXPORT cupelTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/cupel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_BINARY_DIR}/include/cupel/version.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cupel)
install(EXPORT cupelTargets NAMESPACE cupel:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cupel)
configure_package_config_file(cmake/cupelConfig.cmake.in ${PROJECT_BINARY_DIR}/cupelConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cupel)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cupelConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cupelConfig.cmake ${PROJECT_BINARY_DIR}/cupelConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cupel)
configure_file(cmake/cupel.pc.in ${PROJECT_BINARY_DIR}/cupel.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cupel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(CUPEL_CLI)
  install(TARGETS cupel_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES share/man/cupel.1 share/man/cupel-measure.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES share/completions/cupel.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME cupel)
install(FILES share/completions/_cupel DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES share/completions/cupel.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
