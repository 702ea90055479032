// SPDX-License-Identifier: Apache-2.0
// Eight fp16 numbers as integers of their largest exponent, four guard bits, rounded half up on the magnitude:
// {sign, magnitude[14:0]} in units of 2^(exponent_o - 29). exponent_o = 31: an infinity or NaN is among them.
module lut_align (
  input  logic [127:0] entries_i,
  output logic [4:0]   exponent_o,
  output logic [127:0] aligned_o
);
  logic [39:0] exponents;  // at least 1
  always_comb begin
    exponent_o = 5'd1;
    for (int unsigned e = 0; e < 8; e++) begin
      exponents[e*5 +: 5] = (entries_i[e*16+10 +: 5] == 5'd0) ? 5'd1 : entries_i[e*16+10 +: 5];
      if (exponents[e*5 +: 5] > exponent_o) exponent_o = exponents[e*5 +: 5];
    end
  end

  for (genvar e = 0; e < 8; e++) begin : gen_entry
    logic [15:0] shifted;  // and the last bit shifted out
    assign shifted = {entries_i[e*16+10 +: 5] != 5'd0, entries_i[e*16 +: 10], 5'd0} >>
                     (exponent_o - exponents[e*5 +: 5]);
    assign aligned_o[e*16 +: 16] = {entries_i[e*16+15], shifted[15:1] + {14'd0, shifted[0]}};
  end
endmodule
