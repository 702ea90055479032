// SPDX-License-Identifier: Apache-2.0
// Row edge: the folded planes, whose sign is the highest bit of the index of sixteen entries.
module lut_unsymmetric_decoder #(
  parameter int unsigned LANES = 4,
  localparam int unsigned RowW = lut_pkg::RowBase + LANES * lut_pkg::RowLane
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [7:0]         format_i,
  input  logic               issue_i,
  input  logic [2:0]         term_i,
  input  logic               last_i,
  input  logic [LANES*8-1:0] weights_i,
  input  logic [15:0]        scale_i,
  input  logic [7:0]         tag_i,
  output logic [RowW-1:0]    row_o
);
  lut_decoder #(.LANES(LANES)) u_decoder (
    .clk_i, .rst_ni,
    .format_i, .issue_i, .term_i, .last_i,
    .weights_i, .scale_i, .tag_i,
    .row_o
  );
endmodule
