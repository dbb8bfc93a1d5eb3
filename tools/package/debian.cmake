# Run by CPack on what is staged for each Debian package: what Debian's policy asks for beyond the
# files themselves.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
file(STRINGS ${CPACK_RESOURCE_FILE_CHANGES} heads REGEX "^## [0-9.]+ - [0-9-]+$")
list(GET heads 0 newest)
string(REGEX REPLACE ".* - " "" day "${newest}")
execute_process(COMMAND date -R -u -d ${day} OUTPUT_VARIABLE day OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
set(changelog "${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=low

  * New version; ${CPACK_PACKAGE_NAME}'s changelog says what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${day}
")
foreach(component ${CPACK_COMPONENTS_ALL})
  set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component})
  string(TOUPPER ${component} name)
  set(name ${CPACK_DEBIAN_${name}_PACKAGE_NAME})
  if(EXISTS ${root}/usr/share/doc/${name}/CHANGELOG.md)
    file(RENAME ${root}/usr/share/doc/${name}/CHANGELOG.md ${root}/usr/share/doc/${name}/changelog)
    execute_process(COMMAND gzip -9n ${root}/usr/share/doc/${name}/changelog
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()
  file(GLOB_RECURSE pages ${root}/usr/share/man/*.[1-9])
  file(WRITE ${root}/usr/share/doc/${name}/changelog.Debian "${changelog}")
  execute_process(COMMAND gzip -9nf ${pages} ${root}/usr/share/doc/${name}/changelog.Debian
                  COMMAND_ERROR_IS_FATAL ANY)
  file(COPY_FILE ${CPACK_RESOURCE_FILE_LICENSE} ${root}/usr/share/doc/${name}/copyright)
  file(REMOVE ${root}/usr/share/doc/${name}/LICENSE)
  if(EXISTS ${root}/usr/share/zsh/site-functions)  # where Debian's zsh looks
    file(RENAME ${root}/usr/share/zsh/site-functions ${root}/usr/share/zsh/vendor-completions)
  endif()
  file(GLOB_RECURSE symbols ${root}/usr/lib/debug/*.debug)
  foreach(file ${symbols})  # where debuggers look by the build's number
    execute_process(COMMAND readelf -n ${file} OUTPUT_VARIABLE notes COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCH "Build ID: ([0-9a-f][0-9a-f])([0-9a-f]+)" found "${notes}")
    file(MAKE_DIRECTORY ${root}/usr/lib/debug/.build-id/${CMAKE_MATCH_1})
    file(RENAME ${file} ${root}/usr/lib/debug/.build-id/${CMAKE_MATCH_1}/${CMAKE_MATCH_2}.debug)
  endforeach()
  file(REMOVE_RECURSE ${root}/usr/lib/debug/usr)
  file(GLOB_RECURSE archives ${root}/usr/lib/*.a)
  if(archives)
    execute_process(COMMAND strip --strip-debug ${archives} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endforeach()
