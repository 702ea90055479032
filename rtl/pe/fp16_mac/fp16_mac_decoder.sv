// SPDX-License-Identifier: Apache-2.0
// Row edge of the fp16 MAC array: fp16 weights need no decoding.
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
  assign row_o = {weights_i, issue_i};

  logic unused;
  assign unused = ^{clk_i, rst_ni, format_i, term_i, last_i, scale_i, tag_i};
endmodule
