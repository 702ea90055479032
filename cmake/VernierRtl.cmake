# SPDX-License-Identifier: Apache-2.0
# vernier_rtl: every array of rtl/arrays.txt, Verilated at build time, behind sim/rtl_adaptor/rtl_pe_array.h.
# vernier_rtl_large: the same with the arrays marked `large` in place of the others; vernier_rtl_coverage: the
# smaller arrays, counting what they do. Both are built only on demand, and a program links one of the three.
# Each array is one generated translation unit with its own class prefix, so that they link together.
option(VERNIER_RTL_TRACE "Verilated arrays can write waveforms (larger and slower)" OFF)
option(VERNIER_RTL_LARGE "Put the arrays marked `large` in rtl/arrays.txt into every program too" OFF)

find_program(VERILATOR verilator REQUIRED)
find_package(Threads REQUIRED)
execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT OUTPUT_VARIABLE VERILATOR_ROOT
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# Generated code is not ours: no warnings, and under the sanitizers no checks and no debug information either
# (they make it many times slower to compile).
set(rtl_generated_options -w)
if(VERNIER_SANITIZED)
  list(APPEND rtl_generated_options -fno-sanitize=all -g0)
endif()

set(rtl_dir "${CMAKE_BINARY_DIR}/rtl")
set(rtl_arrays "${CMAKE_SOURCE_DIR}/rtl/arrays.txt")
set(rtl_templates "${CMAKE_SOURCE_DIR}/sim/rtl_adaptor")
# What packages of several PE types have in common.
file(GLOB rtl_included CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rtl/common/*.svh")
set(rtl_include "-I${CMAKE_SOURCE_DIR}/rtl/common")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${rtl_arrays}")

# vernier_verilate(FOLDER PREFIX PE ROWS COLS LANES DELIVERY [ORIGINAL COPY]) generates in FOLDER the sources
# PREFIX.cpp (all generated code) and PREFIX_adaptor.cpp, which includes headers of the folder PREFIX and defines
# vernier::rtl_adaptor::create_<PREFIX>(). With ORIGINAL COPY the file COPY is read instead of ORIGINAL, a path
# below the root. VERNIER_VERILATOR_FLAGS are further flags. DELIVERY weight_stationary: an array of
# rtl/array/weight_stationary.
function(vernier_verilate folder prefix pe rows cols lanes delivery)
  set(dir "${folder}/${prefix}")
  set(unit "${dir}.cpp")
  if(delivery STREQUAL "weight_stationary")
    set(top "weight_stationary/ws_array")
    set(array_blocks "rtl/array/weight_stationary/*.sv" "rtl/array/output_unit.sv")
    set(parameters "")
    set(adaptor "verilated_ws_array")
  else()
    set(top "pe_array")
    set(array_blocks "rtl/array/*.sv")
    string(COMPARE EQUAL "${delivery}" "systolic" systolic)
    set(parameters -GLANES=${lanes} -GSYSTOLIC=${systolic})
    set(adaptor "verilated_array")
  endif()
  get_filename_component(top_module "${top}" NAME)
  list(TRANSFORM array_blocks PREPEND "${CMAKE_SOURCE_DIR}/")
  file(GLOB blocks CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rtl/common/*.sv" ${array_blocks}
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
    COMMAND ${VERILATOR} --cc --prefix ${prefix} --Mdir "${dir}" --top-module ${top_module} -Wall -O3
            --x-assign fast --x-initial fast --no-assert --output-split 0 ${trace}
            ${VERNIER_VERILATOR_FLAGS}
            ${rtl_include} -DVERNIER_PE=${pe} -GROWS=${rows} -GCOLS=${cols} ${parameters}
            ${settings} "${package}" ${blocks}
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} -DOUT=${unit} -P "${CMAKE_SOURCE_DIR}/cmake/JoinSources.cmake"
    DEPENDS ${settings} "${package}" ${blocks} ${rtl_included} "${CMAKE_SOURCE_DIR}/cmake/JoinSources.cmake"
    COMMENT "Verilating ${prefix}" VERBATIM)
  configure_file("${CMAKE_SOURCE_DIR}/rtl/array/${top}.vlt.in" "${dir}.vlt" @ONLY)
  configure_file("${rtl_templates}/${adaptor}.cpp.in" "${dir}_adaptor.cpp" @ONLY)
endfunction()

set(rtl_usual "")
set(rtl_large "")
set(rtl_list_usual "")
set(rtl_list_large "")
set(rtl_covered "")
set(rtl_list_covered "")
set(rtl_covered_pes 40)  # PEs; larger arrays have more of the same, and take minutes to compile
file(STRINGS "${rtl_arrays}" lines REGEX "^[a-z]")
foreach(line IN LISTS lines)
  separate_arguments(fields UNIX_COMMAND "${line}")
  if(NOT line MATCHES "^[a-z0-9_]+ +[0-9]+ +[0-9]+ +[0-9]+ +(broadcast|systolic|weight_stationary)( +large)? *$")
    message(FATAL_ERROR "rtl/arrays.txt: '${line}' is not 'pe rows cols lanes broadcast|systolic|weight_stationary [large]'")
  endif()
  list(GET fields 0 pe)
  list(GET fields 1 rows)
  list(GET fields 2 cols)
  list(GET fields 3 lanes)
  list(GET fields 4 delivery)
  set(prefix "V${pe}_${rows}x${cols}x${lanes}_${delivery}")
  vernier_verilate("${rtl_dir}" ${prefix} ${pe} ${rows} ${cols} ${lanes} ${delivery})
  set(entry "VERNIER_RTL_ARRAY(${prefix}, \"${pe}\", ${rows}, ${cols}, ${lanes}, ${delivery})\n")
  if(delivery STREQUAL "weight_stationary")
    set(entry "VERNIER_RTL_WS_ARRAY(${prefix}, \"${pe}\", ${rows}, ${cols})\n")
  endif()
  math(EXPR pes "${rows} * ${cols}")
  if(pes LESS_EQUAL rtl_covered_pes)
    set(VERNIER_VERILATOR_FLAGS --coverage-line --coverage-toggle --coverage-max-width 4096)
    vernier_verilate("${rtl_dir}/coverage" ${prefix} ${pe} ${rows} ${cols} ${lanes} ${delivery})
    unset(VERNIER_VERILATOR_FLAGS)
    list(APPEND rtl_covered ${prefix})
    string(APPEND rtl_list_covered "${entry}")
  endif()
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
list(APPEND runtime "${VERILATOR_ROOT}/include/verilated_cov.cpp")
set_source_files_properties(${runtime} PROPERTIES COMPILE_OPTIONS "-w")

# What sources that include Verilated headers need.
add_library(vernier_verilated INTERFACE)
target_include_directories(vernier_verilated SYSTEM INTERFACE "${VERILATOR_ROOT}/include"
                                                              "${VERILATOR_ROOT}/include/vltstd")
target_compile_definitions(vernier_verilated INTERFACE VL_TIME_CONTEXT VM_SC=0 VM_TRACE=$<BOOL:${VERNIER_RTL_TRACE}>)

add_library(vernier_verilated_runtime STATIC ${runtime})
target_link_libraries(vernier_verilated_runtime PUBLIC vernier_verilated Threads::Threads)

# vernier_rtl_blocks: the blocks of rtl/blocks.txt, behind sim/rtl_adaptor/rtl_block.h.
set(rtl_block_sources "")
set(rtl_block_list "")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rtl/blocks.txt")
file(STRINGS "${CMAKE_SOURCE_DIR}/rtl/blocks.txt" lines REGEX "^[a-z]")
foreach(line IN LISTS lines)
  string(REGEX MATCHALL "[^ ]+" fields "${line}")
  list(POP_FRONT fields module)
  file(GLOB source "${CMAKE_SOURCE_DIR}/rtl/common/${module}.sv" "${CMAKE_SOURCE_DIR}/rtl/array/${module}.sv"
       "${CMAKE_SOURCE_DIR}/rtl/pe/*/${module}.sv")
  if(NOT source)
    message(FATAL_ERROR "rtl/blocks.txt: there is no module '${module}'")
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rtl/common/*.sv")
  get_filename_component(folder "${source}" DIRECTORY)
  if(folder MATCHES "/rtl/pe/([a-z0-9_]+)$")
    set(pe "${CMAKE_MATCH_1}")
    file(GLOB own CONFIGURE_DEPENDS "${folder}/*.sv")
    list(REMOVE_ITEM own "${folder}/${pe}_pkg.sv")
    list(APPEND sources "${folder}/${pe}_pkg.sv" ${own})
  else()
    list(APPEND sources "${source}")
    list(REMOVE_DUPLICATES sources)
  endif()
  list(TRANSFORM fields PREPEND "-G")
  set(dir "${rtl_dir}/blocks/Vblock_${module}")
  add_custom_command(
    OUTPUT "${dir}.cpp"
    COMMAND ${CMAKE_COMMAND} -E rm -rf "${dir}"
    COMMAND ${VERILATOR} --cc --prefix Vblock_${module} --Mdir "${dir}" --top-module ${module} -Wall -Wno-UNUSEDPARAM -O3
            --x-assign fast --x-initial fast --no-assert --output-split 0 ${rtl_include} ${fields} ${sources}
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} -DPREFIX=Vblock_${module} -DNAME=${module} -DOUT=${dir}.cpp
            -P "${CMAKE_SOURCE_DIR}/cmake/BlockAdaptor.cmake"
    DEPENDS ${sources} ${rtl_included} "${CMAKE_SOURCE_DIR}/cmake/BlockAdaptor.cmake"
    COMMENT "Verilating ${module}" VERBATIM)
  list(APPEND rtl_block_sources "${dir}.cpp")
  string(APPEND rtl_block_list "VERNIER_RTL_BLOCK(${module})\n")
endforeach()
file(CONFIGURE OUTPUT "${rtl_dir}/blocks/rtl_blocks.inc" CONTENT "${rtl_block_list}")
# The headers take longer to compile than the blocks: many sources together in each unit.
add_library(vernier_rtl_blocks STATIC "${rtl_templates}/rtl_block.cpp" ${rtl_block_sources})
set_target_properties(vernier_rtl_blocks PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
set_source_files_properties("${rtl_templates}/rtl_block.cpp" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
target_include_directories(vernier_rtl_blocks PRIVATE "${rtl_dir}/blocks")
target_link_libraries(vernier_rtl_blocks PUBLIC vernier_base PRIVATE vernier_verilated_runtime)
target_compile_options(vernier_rtl_blocks PRIVATE ${rtl_generated_options} -O1)

# vernier_rtl_library(NAME FOLDER COVERAGE LIST OPTIMISATION PREFIX...): the arrays of these prefixes, generated
# in FOLDER (LIST: one line of rtl_arrays.inc each), as one library.
function(vernier_rtl_library name folder coverage list optimisation)
  set(inc_dir "${rtl_dir}/${name}")
  file(CONFIGURE OUTPUT "${inc_dir}/rtl_arrays.inc" CONTENT "${list}")
  set(adaptors "")
  set(generated "")
  set(includes "")
  foreach(prefix IN LISTS ARGN)
    list(APPEND adaptors "${folder}/${prefix}_adaptor.cpp")
    list(APPEND generated "${folder}/${prefix}.cpp")
    list(APPEND includes "${folder}/${prefix}")
  endforeach()
  set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS "${rtl_generated_options};${optimisation}")
  add_library(${name} STATIC "${rtl_templates}/rtl_pe_array.cpp" "${rtl_templates}/rtl_ws_array.cpp" ${adaptors} ${generated})
  target_include_directories(${name} PRIVATE "${inc_dir}")
  target_include_directories(${name} SYSTEM PRIVATE ${includes})
  target_link_libraries(${name} PUBLIC vernier_models vernier_rtl_blocks PRIVATE vernier_verilated_runtime)
  target_compile_definitions(${name} PRIVATE VM_COVERAGE=${coverage})
  vernier_warnings(${name})
endfunction()

vernier_rtl_library(vernier_rtl "${rtl_dir}" 0 "${rtl_list_usual}" -O1 ${rtl_usual})  # compile time matters more
# The speed of the large ones is measured against that of the models: the same optimisation for both.
vernier_rtl_library(vernier_rtl_large "${rtl_dir}" 0 "${rtl_list_large}" -O2 ${rtl_large})
vernier_rtl_library(vernier_rtl_coverage "${rtl_dir}/coverage" 1 "${rtl_list_covered}" -O0 ${rtl_covered})
set_target_properties(vernier_rtl_large vernier_rtl_coverage PROPERTIES EXCLUDE_FROM_ALL ON)
