# SPDX-License-Identifier: Apache-2.0
# vernier_rtl: every array of rtl/arrays.txt, Verilated at build time, behind sim/rtl_adaptor/rtl_pe_array.h.
# vernier_rtl_large: the same with the arrays marked `large` in place of the others, built only on demand. A
# program links one or the other.
# Each array is one generated translation unit with its own class prefix, so that they link together.
option(VERNIER_RTL_TRACE "Verilated arrays can write waveforms (larger and slower)" OFF)
option(VERNIER_RTL_LARGE "Put the arrays marked `large` in rtl/arrays.txt into every program too" OFF)

find_program(VERILATOR verilator REQUIRED)
find_package(Threads REQUIRED)
execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT OUTPUT_VARIABLE VERILATOR_ROOT
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

set(rtl_dir "${CMAKE_BINARY_DIR}/rtl")
set(rtl_arrays "${CMAKE_SOURCE_DIR}/rtl/arrays.txt")
set(rtl_templates "${CMAKE_SOURCE_DIR}/sim/rtl_adaptor")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${rtl_arrays}")

# vernier_verilate(FOLDER PREFIX PE ROWS COLS LANES DELIVERY [ORIGINAL COPY]) generates in FOLDER the sources
# PREFIX.cpp (all generated code) and PREFIX_adaptor.cpp, which includes headers of the folder PREFIX and defines
# vernier::rtl_adaptor::create_<PREFIX>(). With ORIGINAL COPY the file COPY is read instead of ORIGINAL, a path
# below the root.
function(vernier_verilate folder prefix pe rows cols lanes delivery)
  set(dir "${folder}/${prefix}")
  set(unit "${dir}.cpp")
  set(systolic 0)
  if(delivery STREQUAL "systolic")
    set(systolic 1)
  endif()
  file(GLOB blocks CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rtl/common/*.sv" "${CMAKE_SOURCE_DIR}/rtl/array/*.sv"
       "${CMAKE_SOURCE_DIR}/rtl/pe/${pe}/*.sv")
  set(package "${CMAKE_SOURCE_DIR}/rtl/pe/${pe}/${pe}_pkg.sv")
  if(NOT package IN_LIST blocks)
    message(FATAL_ERROR "rtl/arrays.txt: no rtl/pe/${pe}/${pe}_pkg.sv")
  endif()
  list(REMOVE_ITEM blocks "${package}")
  if(ARGC EQUAL 9)
    if(NOT "${CMAKE_SOURCE_DIR}/${ARGV7}" IN_LIST blocks)
      message(FATAL_ERROR "${prefix} is not made of ${ARGV7}")
    endif()
    list(REMOVE_ITEM blocks "${CMAKE_SOURCE_DIR}/${ARGV7}")
    list(APPEND blocks "${ARGV8}")
  endif()
  file(GLOB settings CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rtl/pe/${pe}/*.vlt")
  list(PREPEND settings "${dir}.vlt")
  set(trace "")
  if(VERNIER_RTL_TRACE)
    set(trace --trace)
  endif()
  add_custom_command(
    OUTPUT "${unit}"
    COMMAND ${CMAKE_COMMAND} -E rm -rf "${dir}"
    COMMAND ${VERILATOR} --cc --prefix ${prefix} --Mdir "${dir}" --top-module pe_array -Wall -O3
            --x-assign fast --x-initial fast --no-assert --output-split 0 ${trace}
            -DVERNIER_PE=${pe} -GROWS=${rows} -GCOLS=${cols} -GLANES=${lanes} -GSYSTOLIC=${systolic}
            ${settings} "${package}" ${blocks}
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} -DOUT=${unit} -P "${CMAKE_SOURCE_DIR}/cmake/JoinSources.cmake"
    DEPENDS ${settings} "${package}" ${blocks} "${CMAKE_SOURCE_DIR}/cmake/JoinSources.cmake"
    COMMENT "Verilating ${prefix}" VERBATIM)
  configure_file("${CMAKE_SOURCE_DIR}/rtl/array/pe_array.vlt.in" "${dir}.vlt" @ONLY)
  configure_file("${rtl_templates}/verilated_array.cpp.in" "${dir}_adaptor.cpp" @ONLY)
endfunction()

set(rtl_usual "")
set(rtl_large "")
set(rtl_list_usual "")
set(rtl_list_large "")
file(STRINGS "${rtl_arrays}" lines REGEX "^[a-z]")
foreach(line IN LISTS lines)
  separate_arguments(fields UNIX_COMMAND "${line}")
  if(NOT line MATCHES "^[a-z0-9_]+ +[0-9]+ +[0-9]+ +[0-9]+ +(broadcast|systolic)( +large)? *$")
    message(FATAL_ERROR "rtl/arrays.txt: '${line}' is not 'pe rows cols lanes broadcast|systolic [large]'")
  endif()
  list(GET fields 0 pe)
  list(GET fields 1 rows)
  list(GET fields 2 cols)
  list(GET fields 3 lanes)
  list(GET fields 4 delivery)
  set(prefix "V${pe}_${rows}x${cols}x${lanes}_${delivery}")
  vernier_verilate("${rtl_dir}" ${prefix} ${pe} ${rows} ${cols} ${lanes} ${delivery})
  set(entry "VERNIER_RTL_ARRAY(${prefix}, \"${pe}\", ${rows}, ${cols}, ${lanes}, ${delivery})\n")
  if(line MATCHES "large")
    list(APPEND rtl_large ${prefix})
    string(APPEND rtl_list_large "${entry}")
  endif()
  if(NOT line MATCHES "large" OR VERNIER_RTL_LARGE)
    list(APPEND rtl_usual ${prefix})
    string(APPEND rtl_list_usual "${entry}")
  endif()
endforeach()

set(runtime "${VERILATOR_ROOT}/include/verilated.cpp" "${VERILATOR_ROOT}/include/verilated_threads.cpp")
if(VERNIER_RTL_TRACE)
  list(APPEND runtime "${VERILATOR_ROOT}/include/verilated_vcd_c.cpp")
endif()
set_source_files_properties(${runtime} PROPERTIES COMPILE_OPTIONS "-w")

# What sources that include Verilated headers need.
add_library(vernier_verilated INTERFACE)
target_include_directories(vernier_verilated SYSTEM INTERFACE "${VERILATOR_ROOT}/include"
                                                              "${VERILATOR_ROOT}/include/vltstd")
target_compile_definitions(vernier_verilated INTERFACE VL_TIME_CONTEXT VM_COVERAGE=0 VM_SC=0
                                                       VM_TRACE=$<BOOL:${VERNIER_RTL_TRACE}>)

# vernier_rtl_library(NAME LIST OPTIMISATION PREFIX...): the arrays of these prefixes (LIST: one line of
# rtl_arrays.inc each) as one library. The generated code is not ours: no warnings.
function(vernier_rtl_library name list optimisation)
  set(inc_dir "${rtl_dir}/${name}")
  file(CONFIGURE OUTPUT "${inc_dir}/rtl_arrays.inc" CONTENT "${list}")
  set(adaptors "")
  set(generated "")
  set(includes "")
  foreach(prefix IN LISTS ARGN)
    list(APPEND adaptors "${rtl_dir}/${prefix}_adaptor.cpp")
    list(APPEND generated "${rtl_dir}/${prefix}.cpp")
    list(APPEND includes "${rtl_dir}/${prefix}")
  endforeach()
  set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS "-w;${optimisation}")
  add_library(${name} STATIC "${rtl_templates}/rtl_pe_array.cpp" ${adaptors} ${generated} ${runtime})
  target_include_directories(${name} PRIVATE "${inc_dir}")
  target_include_directories(${name} SYSTEM PRIVATE ${includes})
  target_link_libraries(${name} PUBLIC vernier_models PRIVATE vernier_verilated Threads::Threads)
  vernier_warnings(${name})
endfunction()

vernier_rtl_library(vernier_rtl "${rtl_list_usual}" -O1 ${rtl_usual})  # the compile time matters more
# The speed of the large ones is measured against that of the models: the same optimisation for both.
vernier_rtl_library(vernier_rtl_large "${rtl_list_large}" -O2 ${rtl_large})
set_target_properties(vernier_rtl_large PROPERTIES EXCLUDE_FROM_ALL ON)
