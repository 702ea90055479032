# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<file> -DPE=<pe> -DMODULE=<pe or pe_ws> -DSEED=<n> -DOUT=<file> -P invert_bit.cmake: writes OUT, where
# the module inverts one bit, chosen by the seed, of the accumulator on its way out. The ports are those of every PE
# (docs/array.md, "PE port list"), or of every weight-stationary one (rtl/array/weight_stationary/ws_array.sv).
file(READ "${SOURCE}" text)
string(REGEX MATCHALL "\nmodule ${MODULE} (#)?\\(" found "${text}")
list(LENGTH found count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "${SOURCE} does not declare 'module ${MODULE}' once")
endif()
string(REGEX REPLACE "\nmodule ${MODULE} " "\nmodule ${MODULE}_sound " text "${text}")
if(MODULE STREQUAL PE)
  set(parameters "#(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = ${PE}_pkg::RowBase + LANES * ${PE}_pkg::RowLane,
  localparam int unsigned ColW = LANES * ${PE}_pkg::ColLane
) ")
  set(instance "#(.LANES(LANES)) ")
  set(inputs clk_i 1 rst_ni 1 clear_i 1 row_i RowW col_i ColW shift_i 1)
else()
  set(inputs clk_i 1 advance_i 1 active_i 1 act_i ${PE}_pkg::ActSlot weight_i ${PE}_pkg::WSlot)
endif()
set(ports "")
set(connections "")
while(inputs)
  list(POP_FRONT inputs port width)
  string(APPEND ports "  input logic [${width}-1:0] ${port},\n")
  string(APPEND connections ".${port}, ")
endwhile()
file(WRITE "${OUT}" "/* verilator lint_off DECLFILENAME */
${text}
module ${MODULE} ${parameters}(
${ports}  input logic [${PE}_pkg::AccW-1:0] acc_i,
  output logic [${PE}_pkg::AccW-1:0] acc_o
);
  localparam int unsigned AccW = ${PE}_pkg::AccW;
  logic [AccW-1:0] sound;
  ${MODULE}_sound ${instance}u_sound (${connections}.acc_i, .acc_o(sound));
  assign acc_o = sound ^ (AccW'(1) << (${SEED} % AccW));
endmodule
")
