# SPDX-License-Identifier: Apache-2.0
# cmake -DDIR=<folder> -DPREFIX=<class> -DNAME=<module> -DOUT=<file> -P BlockAdaptor.cmake: writes OUT, which
# includes every .cpp that Verilator wrote to DIR and makes its pins those of a cosim::IBlockRtl.
file(GLOB sources "${DIR}/*.cpp")
list(SORT sources)
set(text "")
foreach(source IN LISTS sources)
  string(APPEND text "#include \"${source}\"\n")
endforeach()
file(READ "${DIR}/${PREFIX}.h" header)
# VL_IN8(&name,7,0); VL_OUTW(&name,95,0,3);
string(REGEX MATCHALL "VL_(IN|OUT)(8|16|64|W)?\\(&[A-Za-z0-9_]+,[0-9]+,0" ports "${header}")
set(pins "")
set(clock false)
set(reset false)
foreach(port IN LISTS ports)
  string(REGEX MATCH "VL_(IN|OUT)[0-9W]*\\(&([A-Za-z0-9_]+),([0-9]+),0" port "${port}")
  set(name "${CMAKE_MATCH_2}")
  math(EXPR bits "${CMAKE_MATCH_3} + 1")
  if(name STREQUAL "clk_i")
    set(clock true)
  elseif(name STREQUAL "rst_ni")
    set(reset true)
  elseif(CMAKE_MATCH_1 STREQUAL "IN")
    string(APPEND pins "          {\"${name}\", true, ${bits}, &m.${name}},\n")
  else()
    string(APPEND pins "          {\"${name}\", false, ${bits}, &m.${name}},\n")
  endif()
endforeach()
string(APPEND text "#include \"sim/rtl_adaptor/verilated_block.h\"\n"
       "namespace vernier::rtl_adaptor {\n"
       "std::unique_ptr<cosim::IBlockRtl> create_block_${NAME}();\n"
       "std::unique_ptr<cosim::IBlockRtl> create_block_${NAME}() {\n"
       "  return std::make_unique<VerilatedBlock<${PREFIX}, ${clock}, ${reset}>>([](${PREFIX}& m) {\n"
       "      return std::vector<cosim::RtlPin>{\n${pins}      };\n  });\n}\n}\n")
file(WRITE "${OUT}" "${text}")
