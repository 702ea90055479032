// SPDX-License-Identifier: Apache-2.0
// fp32 times 2^-half_i to fp16, nearest even, subnormal results included; overflow goes to infinity.
// The fp32 operand is no subnormal. NaN is canonical (7e00).
module fp32_to_fp16 (
  input  logic [31:0] a_i,
  input  logic        half_i,
  output logic [15:0] fp16_o
);
  logic [9:0]  exponent;  // fp16 exponent field, may be negative
  logic [9:0]  below;     // how far below the normal range
  logic [4:0]  shift;
  logic [47:0] wide;      // significand with 24 bits for what is shifted out
  logic        up;
  logic [14:0] code;

  assign exponent = {2'd0, a_i[30:23]} - 10'd112 - {9'd0, half_i};
  assign below    = 10'd1 - exponent;
  assign shift    = (exponent[9] || exponent == 10'd0) ? ((below > 10'd24) ? 5'd24 : below[4:0]) : 5'd0;
  assign wide     = {a_i[30:23] != 8'd0, a_i[22:0], 24'd0} >> shift;
  assign up       = wide[36] && (wide[37] || (wide[35:0] != 36'd0));
  // The hidden bit adds 1 to the exponent field of a normal number; a carry out of the fraction another.
  assign code     = {(shift == 5'd0) ? exponent[4:0] - 5'd1 : 5'd0, 10'd0} + {4'd0, wide[47:37]} +
                    {14'd0, up};

  always_comb begin
    if (a_i[30:23] == 8'hff && a_i[22:0] != 23'd0) fp16_o = 16'h7e00;
    else if (!exponent[9] && exponent >= 10'd31)   fp16_o = {a_i[31], 5'd31, 10'd0};
    else                                           fp16_o = {a_i[31], code};
  end
endmodule
