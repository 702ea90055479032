# SPDX-License-Identifier: Apache-2.0
# cmake -DDIR=<folder> -DOUT=<file> -P JoinSources.cmake: writes OUT, which includes every .cpp of DIR.
file(GLOB sources "${DIR}/*.cpp")
list(SORT sources)
set(text "")
foreach(source IN LISTS sources)
  string(APPEND text "#include \"${source}\"\n")
endforeach()
file(WRITE "${OUT}" "${text}")
