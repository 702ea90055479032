# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<file> -DOUT=<file> -DFIND=<text> -DREPLACE=<text> -P mutate.cmake: copies SOURCE to OUT with
# FIND replaced. FIND must occur exactly once, so that a mutant never is the original by accident.
file(READ "${SOURCE}" text)
string(LENGTH "${text}" length)
string(REPLACE "${FIND}" "" rest "${text}")
string(LENGTH "${rest}" rest_length)
string(LENGTH "${FIND}" find_length)
math(EXPR count "(${length} - ${rest_length}) / ${find_length}")
if(NOT count EQUAL 1)
  message(FATAL_ERROR "${SOURCE} has ${count} times the text to mutate, not once: '${FIND}'. "
                      "The source has changed: adapt tests/mutants/CMakeLists.txt.")
endif()
string(REPLACE "${FIND}" "${REPLACE}" text "${text}")
file(WRITE "${OUT}" "${text}")
