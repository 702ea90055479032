# SPDX-License-Identifier: Apache-2.0
# cmake -DPAGE=<Markdown file> -DTABLE=<file> -P check_table.cmake: PAGE contains the lines of TABLE as they are.
file(READ "${PAGE}" page)
file(READ "${TABLE}" table)
string(FIND "${page}" "${table}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "${PAGE} does not list the mutants as they are built; its table must read\n${table}")
endif()
