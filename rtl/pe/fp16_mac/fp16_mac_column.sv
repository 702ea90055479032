// SPDX-License-Identifier: Apache-2.0
// Column edge of the fp16 MAC array: fp16 activations need no decoding.
module fp16_mac_column #(
  parameter int unsigned LANES = 1
) (
  input  logic [7:0]                             format_i,
  input  logic [LANES*fp16_mac_pkg::ActSlot-1:0] acts_i,
  output logic [LANES*fp16_mac_pkg::ColLane-1:0] col_o
);
  assign col_o = acts_i;

  logic unused;
  assign unused = ^format_i;
endmodule
