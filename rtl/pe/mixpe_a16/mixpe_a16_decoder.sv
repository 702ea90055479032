// SPDX-License-Identifier: Apache-2.0
// Row edge of the MixPE array: four weight bits per term; an int8 weight is its signed high nibble, then its
// unsigned low one.
module mixpe_a16_decoder #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = mixpe_a16_pkg::RowBase + LANES * mixpe_a16_pkg::RowLane
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
  logic is_int8, high;
  assign is_int8 = (format_i == mixpe_a16_pkg::FormatInt8);
  assign high    = is_int8 && (term_i == 3'd0);
  assign row_o   = {high ? weights_i[7:4] : weights_i[3:0], high,
                    high || format_i == mixpe_a16_pkg::FormatInt4, last_i, issue_i};

  logic unused;
  assign unused = ^{clk_i, rst_ni, scale_i, tag_i};
endmodule
