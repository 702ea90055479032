// SPDX-License-Identifier: Apache-2.0
// Exact product of two fp16 numbers, subnormals included, as fp32. NaN is canonical (7fc00000).
module fp16_mul (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [31:0] product_o
);
  logic        sign, a_special, b_special, a_nan, b_nan, a_zero, b_zero;
  logic [4:0]  a_exp, b_exp;
  logic [10:0] a_sig, b_sig;
  logic [21:0] product, normal;
  logic [4:0]  zeros;     // leading
  logic [7:0]  exponent;  // biased: value = product * 2^(a_exp + b_exp - 50)

  assign sign      = a_i[15] ^ b_i[15];
  assign a_special = (a_i[14:10] == 5'd31);
  assign b_special = (b_i[14:10] == 5'd31);
  assign a_nan     = a_special && (a_i[9:0] != 10'd0);
  assign b_nan     = b_special && (b_i[9:0] != 10'd0);
  assign a_zero    = (a_i[14:0] == 15'd0);
  assign b_zero    = (b_i[14:0] == 15'd0);
  assign a_exp     = (a_i[14:10] == 5'd0) ? 5'd1 : a_i[14:10];
  assign b_exp     = (b_i[14:10] == 5'd0) ? 5'd1 : b_i[14:10];
  assign a_sig     = {a_i[14:10] != 5'd0, a_i[9:0]};
  assign b_sig     = {b_i[14:10] != 5'd0, b_i[9:0]};
  assign product   = {11'd0, a_sig} * {11'd0, b_sig};

  always_comb begin
    normal = product;
    zeros  = 5'd0;
    if (normal[21:6] == 16'd0) begin normal = normal << 16; zeros = zeros + 5'd16; end
    if (normal[21:14] == 8'd0) begin normal = normal << 8;  zeros = zeros + 5'd8; end
    if (normal[21:18] == 4'd0) begin normal = normal << 4;  zeros = zeros + 5'd4; end
    if (normal[21:20] == 2'd0) begin normal = normal << 2;  zeros = zeros + 5'd2; end
    if (normal[21] == 1'b0)    begin normal = normal << 1;  zeros = zeros + 5'd1; end
  end

  // 127 - 50 + 21 = 98
  assign exponent = 8'd98 + {3'd0, a_exp} + {3'd0, b_exp} - {3'd0, zeros};

  always_comb begin
    if (a_nan || b_nan || (a_special && b_zero) || (b_special && a_zero)) product_o = 32'h7fc0_0000;
    else if (a_special || b_special) product_o = {sign, 8'hff, 23'd0};
    else if (a_zero || b_zero)       product_o = {sign, 31'd0};
    else                             product_o = {sign, exponent, normal[20:0], 2'b00};
  end

  logic unused;
  assign unused = normal[21];
endmodule
