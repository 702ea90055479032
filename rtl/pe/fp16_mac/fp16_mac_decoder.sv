// SPDX-License-Identifier: Apache-2.0
// Row edge of the fp16 MAC array: fp16 weights pass, integer weights are dequantized to fp16 here, with one
// rounding: scale * (code - zero point).
module fp16_mac_decoder #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = fp16_mac_pkg::RowBase + LANES * fp16_mac_pkg::RowLane
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // The term issued in this cycle
  input  logic [7:0]          format_i,
  input  logic                issue_i,
  input  logic [2:0]          term_i,
  input  logic                last_i,
  input  logic [LANES*16-1:0] weights_i,
  input  logic [15:0]         scale_i,
  input  logic [7:0]          tag_i,
  // To the PEs of the row
  output logic [RowW-1:0]     row_o
);
  logic signed [9:0] integer_weight;
  logic [15:0]       integer_fp16, dequantized;
  logic [31:0]       product;  // exact

  always_comb begin
    unique case (format_i)
      fp16_mac_pkg::FormatInt4:  integer_weight = {{6{weights_i[3]}}, weights_i[3:0]};
      fp16_mac_pkg::FormatUint4: integer_weight = {6'd0, weights_i[3:0]} - {2'd0, tag_i};
      default:                   integer_weight = {{2{weights_i[7]}}, weights_i[7:0]};
    endcase
  end
  int_to_fp16 u_convert (
    .value_i(integer_weight),
    .fp16_o(integer_fp16)
  );
  fp16_mul u_scale (
    .a_i(scale_i),
    .b_i(integer_fp16),
    .product_o(product)
  );
  fp32_to_fp16 u_round (
    .a_i(product),
    .half_i(1'b0),
    .fp16_o(dequantized)
  );
  assign row_o = {(format_i == fp16_mac_pkg::FormatFp16) ? weights_i[15:0] : dequantized, issue_i};

  logic unused;
  assign unused = ^{clk_i, rst_ni, term_i, last_i};
endmodule
