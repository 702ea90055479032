// SPDX-License-Identifier: Apache-2.0
// Column edge of the BitMoD array: fp16 activations need no decoding.
module bitmod_column #(
  parameter int unsigned LANES = 1
) (
  input  logic [7:0]                           format_i,
  input  logic [LANES*bitmod_pkg::ActSlot-1:0] acts_i,
  output logic [LANES*bitmod_pkg::ColLane-1:0] col_o
);
  assign col_o = acts_i;

  logic unused;
  assign unused = ^format_i;
endmodule
