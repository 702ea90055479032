// SPDX-License-Identifier: Apache-2.0
// Row edge of the LUT tensor core: one plane of the weights per term, the most significant first.
module lut_decoder #(
  parameter int unsigned LANES = 4,
  localparam int unsigned RowW = lut_pkg::RowBase + LANES * lut_pkg::RowLane
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // The term issued in this cycle
  input  logic [7:0]         format_i,
  input  logic               issue_i,
  input  logic [2:0]         term_i,
  input  logic               last_i,      // last term of the last step of a group
  input  logic [LANES*8-1:0] weights_i,
  input  logic [15:0]        scale_i,
  input  logic [7:0]         tag_i,
  // To the PEs of the row
  output logic [RowW-1:0]    row_o
);
  logic [2:0] top, plane;
  assign top   = lut_pkg::last_term(format_i);
  assign plane = top - term_i;
  assign row_o[3:0] = {term_i == top, term_i == 3'd0, last_i, issue_i};
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    assign row_o[lut_pkg::RowBase + l] = weights_i[l*8 + 32'(plane)];
  end

  logic unused;
  assign unused = ^{clk_i, rst_ni, scale_i, tag_i};
endmodule
