# SPDX-License-Identifier: Apache-2.0
# cmake -DPROGRAM=<test program> -DFILTER=<gtest filter> -DCASES=<n> -DMESSAGE=<regex> -P run_mutant.cmake
# Succeeds if the program fails (status 1, not a crash) and its output matches MESSAGE.
execute_process(
  COMMAND "${CMAKE_COMMAND}" -E env --unset=VERNIER_SEED VERNIER_CASES=${CASES} "${PROGRAM}" "--gtest_filter=${FILTER}"
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status STREQUAL "0")
  message(FATAL_ERROR "the mutant survived: ${PROGRAM} passes in ${CASES} cases of ${FILTER}\n${output}")
elseif(NOT status STREQUAL "1")
  message(FATAL_ERROR "the mutant was not caught by a comparison, it ended with '${status}'\n${output}")
elseif(NOT output MATCHES "${MESSAGE}")
  message(FATAL_ERROR "the mutant failed elsewhere than expected ('${MESSAGE}')\n${output}")
endif()
message(STATUS "caught: ${CMAKE_MATCH_0}")
