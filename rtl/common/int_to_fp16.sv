// SPDX-License-Identifier: Apache-2.0
// Signed 10-bit integer to fp16, exact. Zero gives +0.
module int_to_fp16 (
  input  logic signed [9:0] value_i,
  output logic [15:0]       fp16_o
);
  logic [9:0] magnitude;  // normalised: the leading one at the top
  logic [4:0] exponent;

  always_comb begin
    magnitude = value_i[9] ? -value_i : value_i;
    exponent  = 5'd24;
    for (int unsigned i = 0; i < 9; i++) begin
      if (!magnitude[9]) begin
        magnitude = magnitude << 1;
        exponent  = exponent - 5'd1;
      end
    end
  end
  assign fp16_o = magnitude[9] ? {value_i[9], exponent, magnitude[8:0], 1'b0} : 16'd0;
endmodule
