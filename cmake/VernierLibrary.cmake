# SPDX-License-Identifier: Apache-2.0
# vernier_library(NAME FOLDER... [INCLUDE REGEX...] [EXCLUDE REGEX...])
# A static library of every .cpp below the folders, so that a new file needs no build edit.
function(vernier_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                           $<$<BOOL:${VERNIER_WERROR}>:-Werror>)
endfunction()

# vernier_together(TARGET [N]): compiles the sources of a program N (5) at a time. They include more than they
# contain: that halves the time to build them from scratch. -DVERNIER_TOGETHER=OFF: one by one (for clang-tidy).
# Libraries stay as they are: their loops are optimised file by file.
option(VERNIER_TOGETHER "Compile the sources of tests and of the program several at a time" ON)
function(vernier_together target)
  set(batch 5)
  if(ARGC GREATER 1)
    set(batch ${ARGV1})
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${VERNIER_TOGETHER} UNITY_BUILD_BATCH_SIZE ${batch})
endfunction()

function(vernier_library name)
  cmake_parse_arguments(ARG "" "" "INCLUDE;EXCLUDE" ${ARGN})
  set(sources "")
  foreach(folder IN LISTS ARG_UNPARSED_ARGUMENTS)
    file(GLOB_RECURSE found RELATIVE "${CMAKE_SOURCE_DIR}" CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
    list(APPEND sources ${found})
  endforeach()
  if(ARG_INCLUDE)
    list(JOIN ARG_INCLUDE "|" pattern)
    list(FILTER sources INCLUDE REGEX "${pattern}")
  endif()
  foreach(pattern IN LISTS ARG_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()
  if(NOT sources)
    # An empty folder still is a library: it offers its include path and the libraries it links.
    message(STATUS "${name}: no sources yet")
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp" CONTENT "")
    add_library(${name} STATIC "${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp")
    target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
    return()
  endif()
  list(TRANSFORM sources PREPEND "${CMAKE_SOURCE_DIR}/")
  # Kernels are the loops that must be vectorised.
  set(kernels ${sources})
  list(FILTER kernels INCLUDE REGEX "_kernel\\.cpp$")
  set_source_files_properties(${kernels} PROPERTIES COMPILE_OPTIONS "-O3")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  # Bit-exact floating point: no contraction of a*b+c, on any target.
  target_compile_options(${name} PUBLIC -ffp-contract=off)
  vernier_warnings(${name})
endfunction()
