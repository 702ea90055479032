// SPDX-License-Identifier: Apache-2.0
// Edge of a row of the OliVe array: the integer group sum as fp32.
module olive_output (
  input  logic [olive_pkg::AccW-1:0] acc_i,
  output logic [31:0]             fp32_o
);
  int_to_fp32 u_convert (
    .value_i(acc_i),
    .exponent_i(8'sd0),
    .fp32_o(fp32_o)
  );
endmodule
