# The library as others get it: one static and one shared library of all modules, the headers, and
# what finds them (find_package(mqttkit), pkg-config mqttkit).
include(CMakePackageConfigHelpers)

set(objects)
foreach(module ${MQTTKIT_MODULES})
  list(APPEND objects $<TARGET_OBJECTS:mqttkit_${module}>)
endforeach()
get_target_property(asio_definitions mqttkit_asio INTERFACE_COMPILE_DEFINITIONS)
foreach(kind static shared)
  string(TOUPPER ${kind} type)
  add_library(mqttkit_all_${kind} ${type} ${objects})
  set_target_properties(mqttkit_all_${kind} PROPERTIES
                        OUTPUT_NAME mqttkit EXPORT_NAME ${kind} LINKER_LANGUAGE CXX
                        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_compile_features(mqttkit_all_${kind} INTERFACE cxx_std_20)
  target_compile_definitions(mqttkit_all_${kind} INTERFACE ${asio_definitions})
  target_include_directories(mqttkit_all_${kind} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
target_link_libraries(mqttkit_all_static INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads resolv)
target_link_libraries(mqttkit_all_shared PRIVATE OpenSSL::SSL OpenSSL::Crypto resolv INTERFACE Threads::Threads)
strip_apart(mqttkit_all_shared)
if(is_elf_linux)
  target_link_options(mqttkit_all_shared PRIVATE -Wl,--as-needed -Wl,--no-undefined
                      -Wl,--version-script,${CMAKE_CURRENT_LIST_DIR}/exported.map)
  set_property(TARGET mqttkit_all_shared APPEND PROPERTY LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/exported.map)
endif()

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/mqttkit)
foreach(kind static shared)
  install(TARGETS mqttkit_all_${kind} EXPORT mqttkit-${kind}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
  install(EXPORT mqttkit-${kind} NAMESPACE mqttkit:: DESTINATION ${config_folder}
          COMPONENT development)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/man/mqttkit.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3
        COMPONENT development)
install(DIRECTORY include/mqttkit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
configure_package_config_file(cmake/mqttkitConfig.cmake.in mqttkitConfig.cmake
                              INSTALL_DESTINATION ${config_folder}
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(mqttkitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mqttkitConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/mqttkitConfigVersion.cmake
        DESTINATION ${config_folder} COMPONENT development)
list(TRANSFORM asio_definitions PREPEND -D OUTPUT_VARIABLE asio_cflags)
list(JOIN asio_cflags " " asio_cflags)
file(RELATIVE_PATH up_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" up_to_prefix "${up_to_prefix}")
configure_file(cmake/mqttkit.pc.in mqttkit.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mqttkit.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
