// SPDX-License-Identifier: Apache-2.0
// Edge of a row of the MixPE array: the group sum already is fp32.
module mixpe_a16_output (
  input  logic [mixpe_a16_pkg::AccW-1:0] acc_i,
  output logic [31:0]                    fp32_o
);
  assign fp32_o = acc_i;
endmodule
