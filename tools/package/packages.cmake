# Debian packages and a plain archive of the programs: "./dev package" makes them.
set(CPACK_PACKAGE_NAME ${PROJECT_NAME})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "mqtt-toolkit contributors")
set(CPACK_PACKAGE_CONTACT "mqtt-toolkit maintainers <maintainers@mqtt-toolkit.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "MQTT from a shell: publish, subscribe, and find out why not")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR DEB)
set(CPACK_RESOURCE_FILE_CHANGES ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_COMPONENTS_ALL programs library development program_symbols library_symbols)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "https://mqtt.org/")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME mqtt-toolkit)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION net)
# Loaded when they are asked for: the code of `phone`, the packets of `listen --capture`.
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS "libqrencode4, libpcap0.8")
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS "mosquitto, jq")
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION
    "mqtt-pub and mqtt-sub publish and tail topics; every command line of
mosquitto's clients works unchanged. mqtt-doctor says why a client cannot
connect to a broker, or why nothing arrives, and what mends it.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libmqttkit${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
file(WRITE ${PROJECT_BINARY_DIR}/package/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
    "Asynchronous MQTT client for C++20 (shared library)
MQTT 3.1, 3.1.1 and 5 over TCP, TLS, WebSocket and Unix sockets, on
standalone Asio.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmqttkit-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libmqttkit${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION}-1), libasio-dev, libssl-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "Asynchronous MQTT client for C++20 (headers and static library)
With a CMake package and a pkg-config file.")

foreach(kind PROGRAM LIBRARY)
  set(of mqtt-toolkit)
  if(kind STREQUAL LIBRARY)
    set(of libmqttkit${PROJECT_VERSION_MAJOR})
  endif()
  set(CPACK_DEBIAN_${kind}_SYMBOLS_PACKAGE_NAME ${of}-dbgsym)
  set(CPACK_DEBIAN_${kind}_SYMBOLS_PACKAGE_SECTION debug)
  set(CPACK_DEBIAN_${kind}_SYMBOLS_PACKAGE_SHLIBDEPS OFF)
  set(CPACK_DEBIAN_${kind}_SYMBOLS_PACKAGE_DEPENDS "${of} (= ${PROJECT_VERSION}-1)")
  set(CPACK_COMPONENT_${kind}_SYMBOLS_DESCRIPTION "Debug symbols of ${of}, for gdb.")
endforeach()
include(CPack)
