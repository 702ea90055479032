// SPDX-License-Identifier: Apache-2.0
// int8 multiplier with int32 group sum: product (stage 1), addition (stage 2).
module int8_mac #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = int8_mac_pkg::RowBase + LANES * int8_mac_pkg::RowLane,
  localparam int unsigned ColW = LANES * int8_mac_pkg::ColLane,
  localparam int unsigned AccW = int8_mac_pkg::AccW
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            clear_i,  // start of a pass, pipeline empty
  input  logic [RowW-1:0] row_i,
  input  logic [ColW-1:0] col_i,
  input  logic            shift_i,  // the chain takes the neighbour's group sum
  input  logic [AccW-1:0] acc_i,
  output logic [AccW-1:0] acc_o
);
  logic signed [15:0] product;
  assign product = $signed({{8{col_i[7]}}, col_i}) * $signed({{8{row_i[9]}}, row_i[9:2]});

  group_accumulator #(.TERMW(16)) u_group (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(row_i[0]),
    .last_i(row_i[1]),
    .term_i(product),
    .shift_i, .acc_i, .acc_o
  );
endmodule
