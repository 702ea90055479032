// SPDX-License-Identifier: Apache-2.0
// The arithmetic of int8_mac as a weight-stationary PE: product (stage 1), addition to the 32-bit partial sum of
// the row above (stage 2). An inactive PE passes that on.
module int8_mac_ws (
  input  logic                             clk_i,
  input  logic                             advance_i,
  input  logic                             active_i,
  input  logic [int8_mac_pkg::ActSlot-1:0] act_i,
  input  logic [int8_mac_pkg::WSlot-1:0]   weight_i,
  input  logic [int8_mac_pkg::AccW-1:0]    acc_i,
  output logic [int8_mac_pkg::AccW-1:0]    acc_o
);
  // A format with groups, which only the decoder of the output-stationary array dequantizes.
  localparam logic [7:0] unused_format = int8_mac_pkg::FormatInt4;

  logic signed [15:0] product, product_q;
  logic        [31:0] acc_q;
  assign product = $signed({{8{act_i[7]}}, act_i[7:0]}) * $signed({{8{weight_i[7]}}, weight_i});

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      if (active_i) product_q <= product;
      acc_q <= active_i ? acc_i + {{16{product_q[15]}}, product_q} : acc_i;
    end
  end

  assign acc_o = acc_q;

  logic unused;
  assign unused = ^act_i[15:8];
endmodule
