# Joins the parts of the page into one document, and writes it as C++ with the hashes of its script and
# its style for the Content-Security-Policy.
#
#   cmake -DOUTPUT=page_text.cpp [-DHTML=page.html] -P join.cmake
#
# The modules become one script: `import` goes, `export` goes, and what is only a comment goes.
cmake_minimum_required(VERSION 3.25)
set(here ${CMAKE_CURRENT_LIST_DIR})
set(modules mqtt agent looks rounds words main)  # each imports from those before it alone

# 'sha256-…' of a text: CMake has no Base64, so three bytes at a time become four letters.
function(policy_hash text result)
  string(SHA256 hex "${text}")
  set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  set(out "")
  foreach(at RANGE 0 57 6)
    string(SUBSTRING "${hex}" ${at} 6 three)
    math(EXPR value "0x${three}")
    foreach(shift 18 12 6 0)
      math(EXPR index "(${value} >> ${shift}) & 63")
      string(SUBSTRING ${letters} ${index} 1 letter)
      string(APPEND out ${letter})
    endforeach()
  endforeach()
  string(SUBSTRING "${hex}" 60 4 two)  # 32 bytes: two are left over
  math(EXPR value "0x${two} << 2")
  foreach(shift 12 6 0)
    math(EXPR index "(${value} >> ${shift}) & 63")
    string(SUBSTRING ${letters} ${index} 1 letter)
    string(APPEND out ${letter})
  endforeach()
  set(${result} "'sha256-${out}='" PARENT_SCOPE)
endfunction()

set(script "'use strict';\n{\n")
foreach(module ${modules})
  file(READ ${here}/${module}.mjs text)
  string(REGEX REPLACE "\n *(//|/\\*\\*|\\*) [^\n]*" "" text "\n${text}")
  string(REGEX REPLACE "\nimport [^;]*;" "" text "${text}")
  string(REGEX REPLACE "\nexport " "\n" text "${text}")
  string(REGEX REPLACE "\n[ \n]+" "\n" text "${text}")
  string(APPEND script "${text}")
endforeach()
string(APPEND script "}\n")
file(READ ${here}/page.css style)
string(REGEX REPLACE "\n +" "\n" style "${style}")

file(READ ${here}/page.html page)
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")
policy_hash("${script}" script_hash)
policy_hash("${style}" style_hash)
if(HTML)
  file(WRITE ${HTML} "${page}")
  file(WRITE ${HTML}.hashes "${script_hash}\n${style_hash}\n")
endif()
if(OUTPUT)
  file(WRITE ${OUTPUT}
"// Written by join.cmake.
#include \"mqtt-doctor/phone/page.hpp\"

namespace mqttkit::doctor::phone {

const std::string_view page_text = R\"~~~(${page})~~~\";
const std::string_view page_script_hash = \"${script_hash}\";
const std::string_view page_style_hash = \"${style_hash}\";

}  // namespace mqttkit::doctor::phone
")
endif()
