// SPDX-License-Identifier: Apache-2.0
// fp32 times fp16 to fp32, nearest even. The fp32 operand and the result are no subnormals, the fp16 operand
// may be one. NaN is canonical (7fc00000).
module fp32_scale (
  input  logic [31:0] a_i,
  input  logic [15:0] b_i,
  output logic [31:0] product_o
);
  logic        sign, a_special, b_special, a_nan, b_nan, a_zero, b_zero;
  logic [4:0]  b_exp;
  logic [23:0] a_sig;
  logic [10:0] b_sig;
  logic [34:0] product, normal;
  logic [3:0]  zeros;     // leading; at most 11, because a_sig is normal
  logic        up;
  logic [24:0] rounded;
  logic [9:0]  exponent;  // biased: value = product * 2^(a_exp - 150 + b_exp - 25)

  assign sign      = a_i[31] ^ b_i[15];
  assign a_special = (a_i[30:23] == 8'hff);
  assign b_special = (b_i[14:10] == 5'd31);
  assign a_nan     = a_special && (a_i[22:0] != 23'd0);
  assign b_nan     = b_special && (b_i[9:0] != 10'd0);
  assign a_zero    = (a_i[30:23] == 8'd0);
  assign b_zero    = (b_i[14:0] == 15'd0);
  assign b_exp     = (b_i[14:10] == 5'd0) ? 5'd1 : b_i[14:10];
  assign a_sig     = {1'b1, a_i[22:0]};
  assign b_sig     = {b_i[14:10] != 5'd0, b_i[9:0]};
  assign product   = {11'd0, a_sig} * {24'd0, b_sig};

  always_comb begin
    normal = product;
    zeros  = 4'd0;
    if (normal[34:27] == 8'd0) begin normal = normal << 8; zeros = zeros + 4'd8; end
    if (normal[34:31] == 4'd0) begin normal = normal << 4; zeros = zeros + 4'd4; end
    if (normal[34:33] == 2'd0) begin normal = normal << 2; zeros = zeros + 4'd2; end
    if (normal[34] == 1'b0)    begin normal = normal << 1; zeros = zeros + 4'd1; end
  end

  assign up      = normal[10] && (normal[11] || (normal[9:0] != 10'd0));
  assign rounded = {1'b0, normal[34:11]} + {24'd0, up};
  // 34 - 150 - 25 + 127 = -14
  assign exponent = {2'd0, a_i[30:23]} + {5'd0, b_exp} - 10'd14 - {6'd0, zeros} + {9'd0, rounded[24]};

  always_comb begin
    if (a_nan || b_nan || (a_special && b_zero) || (b_special && a_zero)) product_o = 32'h7fc0_0000;
    else if (a_special || b_special)  product_o = {sign, 8'hff, 23'd0};
    else if (a_zero || b_zero)        product_o = {sign, 31'd0};
    else if (exponent[9])             product_o = {sign, 31'd0};  // no subnormal results
    else if (exponent[8:0] >= 9'd255) product_o = {sign, 8'hff, 23'd0};
    else                              product_o = {sign, exponent[7:0], rounded[22:0]};
  end

  logic unused;
  assign unused = rounded[23];
endmodule
