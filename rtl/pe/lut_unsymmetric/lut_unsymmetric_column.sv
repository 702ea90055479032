// SPDX-License-Identifier: Apache-2.0
// Gives the PEs of a column the sixteen entries that the eight of a symmetric table stand for, so that they see
// the same data. What makes or aligns sixteen entries is not here.
module lut_unsymmetric_column #(
  parameter int unsigned LANES = 4
) (
  input  logic [7:0]                                    format_i,
  input  logic [LANES*lut_pkg::ActSlot-1:0]             acts_i,
  output logic [LANES*lut_unsymmetric_pkg::ColLane-1:0] col_o
);
  logic [LANES*lut_pkg::ColLane-1:0] half;
  lut_column #(.LANES(LANES)) u_half (
    .format_i,
    .acts_i,
    .col_o(half)
  );

  logic [127:0] negated;
  for (genvar e = 0; e < 8; e++) begin : gen_entry
    assign negated[e*16 +: 16] = {~half[e*16+15], half[e*16 +: 15]};
  end
  assign col_o = {half[LANES*lut_pkg::ColLane-1:lut_pkg::TableExp], negated, half[lut_pkg::TableExp-1:0]};
endmodule
