# What a user of the programs gets, where the system looks for it.
set(MQTTKIT_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
    "Where zsh finds completions")
set(MQTTKIT_FISH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d CACHE STRING
    "Where fish finds completions")
set(MQTTKIT_BASH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/bash-completion/completions CACHE STRING
    "Where bash-completion finds completions")

set(root ${PROJECT_SOURCE_DIR})
install(TARGETS mqtt-pub mqtt-sub mqtt-doctor
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
foreach(language "" zh_CN)
  foreach(section 1 5 7)
    file(GLOB pages CONFIGURE_DEPENDS ${root}/man/${language}/*.${section})
    install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/${language}/man${section}
            COMPONENT programs)
  endforeach()
endforeach()
foreach(program mqtt-pub mqtt-sub mqtt-doctor)
  install(FILES ${root}/completions/${program}.bash RENAME ${program}
          DESTINATION ${MQTTKIT_BASH_COMPLETIONS} COMPONENT programs)
  install(FILES ${root}/completions/_${program}
          DESTINATION ${MQTTKIT_ZSH_COMPLETIONS} COMPONENT programs)
  install(FILES ${root}/completions/${program}.fish
          DESTINATION ${MQTTKIT_FISH_COMPLETIONS} COMPONENT programs)
endforeach()
if(catalogue)
  install(FILES ${catalogue} DESTINATION ${CMAKE_INSTALL_LOCALEDIR}/zh_CN/LC_MESSAGES
          COMPONENT programs)
endif()
install(FILES ${root}/README.md ${root}/README.zh-CN.md ${root}/CHANGELOG.md ${root}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT programs)
install(DIRECTORY ${root}/man DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs
        FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "zh_CN" EXCLUDE PATTERN "systemd" EXCLUDE)
install(DIRECTORY ${root}/man/systemd DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
        COMPONENT programs)
include(package/packages.cmake)
