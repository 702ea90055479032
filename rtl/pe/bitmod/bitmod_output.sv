// SPDX-License-Identifier: Apache-2.0
// First stage of a BitMoD output unit: accumulator to fp32, one rounding to nearest even.
module bitmod_output (
  input  logic [bitmod_pkg::AccW-1:0] acc_i,
  output logic [31:0]                 fp32_o
);
  logic [31:0] number;
  // {nan, EO, O}: O * 2^(EO - 29)
  int_to_fp32 #(.WIDTH(56)) u_convert (
    .value_i(acc_i[55:0]),
    .exponent_i({3'd0, acc_i[60:56]} - 8'sd29),
    .fp32_o(number)
  );
  assign fp32_o = acc_i[61] ? 32'h7fc0_0000 : number;
endmodule
