// SPDX-License-Identifier: Apache-2.0
// Column edge of the MixPE array: an fp16 activation as {special, sign, exponent, significand}, of value
// (-1)^sign * significand * 2^(exponent - 25), exponent 1..30. Infinities and NaN are special.
module mixpe_a16_column #(
  parameter int unsigned LANES = 1
) (
  input  logic [7:0]                              format_i,
  input  logic [LANES*mixpe_a16_pkg::ActSlot-1:0] acts_i,
  output logic [LANES*mixpe_a16_pkg::ColLane-1:0] col_o
);
  logic [4:0] field;
  assign field = acts_i[14:10];
  assign col_o = {field == 5'd31, acts_i[15], (field == 5'd0) ? 5'd1 : field, field != 5'd0, acts_i[9:0]};

  logic unused;
  assign unused = ^format_i;
endmodule
