# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<rtl/pe/pe/pe.sv> -DPE=<pe> -DSEED=<n> -DOUT=<file> -P invert_bit.cmake: writes OUT, where the module
# of the PE inverts one bit, chosen by the seed, of the accumulator on its way out. The ports are those of every PE
# (docs/array.md, "PE port list").
file(READ "${SOURCE}" text)
string(REGEX MATCHALL "\nmodule ${PE} #\\(" found "${text}")
list(LENGTH found count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "${SOURCE} does not declare 'module ${PE} #(' once")
endif()
string(REGEX REPLACE "\nmodule ${PE} #\\(" "\nmodule ${PE}_sound #(" text "${text}")
file(WRITE "${OUT}" "/* verilator lint_off DECLFILENAME */
${text}
module ${PE} #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = ${PE}_pkg::RowBase + LANES * ${PE}_pkg::RowLane,
  localparam int unsigned ColW = LANES * ${PE}_pkg::ColLane,
  localparam int unsigned AccW = ${PE}_pkg::AccW
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            clear_i,
  input  logic [RowW-1:0] row_i,
  input  logic [ColW-1:0] col_i,
  input  logic            shift_i,
  input  logic [AccW-1:0] acc_i,
  output logic [AccW-1:0] acc_o
);
  logic [AccW-1:0] sound;
  ${PE}_sound #(.LANES(LANES)) u_sound (
    .clk_i, .rst_ni, .clear_i, .row_i, .col_i, .shift_i, .acc_i, .acc_o(sound)
  );
  assign acc_o = sound ^ (AccW'(1) << (${SEED} % AccW));
endmodule
")
