// SPDX-License-Identifier: Apache-2.0
// Edge of a row: group sums are those of the PE for eight entries.
module lut_unsymmetric_output (
  input  logic [lut_pkg::AccW-1:0] acc_i,
  output logic [31:0]              fp32_o
);
  lut_output u_output (
    .acc_i,
    .fp32_o
  );
endmodule
