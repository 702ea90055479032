// SPDX-License-Identifier: Apache-2.0
// Exact product of two OCP FP8 numbers (E4M3), subnormals included, as fp32. NaN is canonical (7fc00000); E4M3
// has no infinities.
module fp8_mul (
  input  logic [7:0]  a_i,
  input  logic [7:0]  b_i,
  output logic [31:0] product_o
);
  logic        sign, nan, zero;
  logic [3:0]  a_exp, b_exp;
  logic [3:0]  a_sig, b_sig;
  logic [7:0]  product, normal;
  logic [2:0]  zeros;     // leading
  logic [7:0]  exponent;  // biased: value = product * 2^(a_exp + b_exp - 20)

  assign sign    = a_i[7] ^ b_i[7];
  assign nan     = (a_i[6:0] == 7'h7f) || (b_i[6:0] == 7'h7f);
  assign zero    = (a_i[6:0] == 7'd0) || (b_i[6:0] == 7'd0);
  assign a_exp   = (a_i[6:3] == 4'd0) ? 4'd1 : a_i[6:3];
  assign b_exp   = (b_i[6:3] == 4'd0) ? 4'd1 : b_i[6:3];
  assign a_sig   = {a_i[6:3] != 4'd0, a_i[2:0]};
  assign b_sig   = {b_i[6:3] != 4'd0, b_i[2:0]};
  assign product = {4'd0, a_sig} * {4'd0, b_sig};

  always_comb begin
    normal = product;
    zeros  = 3'd0;
    if (normal[7:4] == 4'd0) begin normal = normal << 4; zeros = zeros + 3'd4; end
    if (normal[7:6] == 2'd0) begin normal = normal << 2; zeros = zeros + 3'd2; end
    if (normal[7] == 1'b0)   begin normal = normal << 1; zeros = zeros + 3'd1; end
  end

  // 127 - 20 + 7 = 114
  assign exponent = 8'd114 + {4'd0, a_exp} + {4'd0, b_exp} - {5'd0, zeros};

  always_comb begin
    if (nan)       product_o = 32'h7fc0_0000;
    else if (zero) product_o = {sign, 31'd0};
    else           product_o = {sign, exponent, normal[6:0], 16'd0};
  end

  logic unused;
  assign unused = normal[7];
endmodule
