// SPDX-License-Identifier: Apache-2.0
// Edge of a row of the LUT tensor core: group sum to fp32, one rounding to nearest even. The exponent 31 says
// that an infinity or NaN was in a table.
module lut_output (
  input  logic [lut_pkg::AccW-1:0] acc_i,
  output logic [31:0]              fp32_o
);
  logic [31:0] number;
  int_to_fp32 #(.WIDTH(32)) u_convert (
    .value_i(acc_i[31:0]),
    .exponent_i({3'd0, acc_i[36:32]} - 8'sd29),
    .fp32_o(number)
  );
  assign fp32_o = (acc_i[36:32] == 5'd31) ? 32'h7fc0_0000 : number;
endmodule
