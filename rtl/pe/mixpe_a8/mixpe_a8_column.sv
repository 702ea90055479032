// SPDX-License-Identifier: Apache-2.0
// Column edge of the MixPE array: an int8 activation is the low byte of its slot.
module mixpe_a8_column #(
  parameter int unsigned LANES = 1
) (
  input  logic [7:0]                             format_i,
  input  logic [LANES*mixpe_a8_pkg::ActSlot-1:0] acts_i,
  output logic [LANES*mixpe_a8_pkg::ColLane-1:0] col_o
);
  assign col_o = acts_i[7:0];

  logic unused;
  assign unused = ^{format_i, acts_i[15:8]};
endmodule
