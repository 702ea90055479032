// SPDX-License-Identifier: Apache-2.0
// Row edge of the OliVe array: the decoders of the outlier-victim pairs, lanes 2i and 2i + 1.
module olive_decoder #(
  parameter int unsigned LANES = 2,
  localparam int unsigned RowW = olive_pkg::RowBase + LANES * olive_pkg::RowLane
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
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    localparam int unsigned Neighbour = (l % 2 == 0) ? l + 1 : l - 1;
    olive_lane_decoder u_lane (
      .format_i,
      .term_i,
      .slot_i(weights_i[l*8 +: 8]),
      .neighbour_i(weights_i[Neighbour*8 +: 4]),
      .weight_o(row_o[olive_pkg::RowBase + l*olive_pkg::RowLane +: olive_pkg::RowLane])
    );
  end
  assign row_o[1:0] = {last_i, issue_i};

  logic unused;
  assign unused = ^{clk_i, rst_ni, scale_i, tag_i};

`ifndef SYNTHESIS
  initial assert (LANES % 2 == 0) else $fatal(1, "olive_decoder: LANES");
`endif
endmodule
