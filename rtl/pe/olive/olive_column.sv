// SPDX-License-Identifier: Apache-2.0
// Column edge of the OliVe array: an int8 activation is the low byte of its slot.
module olive_column #(
  parameter int unsigned LANES = 2
) (
  input  logic [7:0]                          format_i,
  input  logic [LANES*olive_pkg::ActSlot-1:0] acts_i,
  output logic [LANES*olive_pkg::ColLane-1:0] col_o
);
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    assign col_o[l*8 +: 8] = acts_i[l*16 +: 8];
  end

  logic unused;
  assign unused = ^{format_i, acts_i};
endmodule
