// SPDX-License-Identifier: Apache-2.0
// First stage of an FP8 MAC output unit: the accumulator already is fp32.
module fp8_mac_output (
  input  logic [fp8_mac_pkg::AccW-1:0] acc_i,
  output logic [31:0]                  fp32_o
);
  assign fp32_o = acc_i;
endmodule
