# SPDX-License-Identifier: Apache-2.0
# cmake -DPACKAGE=<folder with package.json and package-lock.json> -DFOLDER=<where node_modules goes>
#       -DOMIT=<"" or "dev"> -P npm_ci.cmake
# Installs exactly the locked packages. Needs the npm registry the first time; says so if it cannot be reached.
file(MAKE_DIRECTORY "${FOLDER}")
file(COPY "${PACKAGE}/package.json" "${PACKAGE}/package-lock.json" DESTINATION "${FOLDER}")
find_program(NPM npm)
if(NOT NPM)
  message(FATAL_ERROR "${PACKAGE} names packages from the npm registry, and npm is not installed.\n"
                      "Install it (Debian: apt-get install npm) and build again.")
endif()
set(omit "")
if(OMIT)
  set(omit "--omit=${OMIT}")
endif()
execute_process(COMMAND "${NPM}" ci --ignore-scripts --no-audit --no-fund --prefer-offline ${omit}
                WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "The packages of ${PACKAGE}/package-lock.json could not be fetched from the npm registry.\n"
                      "Check the network (npm config get registry), then build again.\n"
                      "npm said:\n${output}")
endif()
