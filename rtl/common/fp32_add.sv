// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 addition, nearest even, for operands and results that are no subnormals (an exponent
// field of 0 reads as zero; docs/array.md says why none occur). NaN is canonical (7fc00000).
module fp32_add (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] sum_o
);
  logic        a_special, b_special, nan;
  logic [31:0] major, minor;     // by magnitude
  logic        subtract;
  logic [7:0]  distance;
  logic [4:0]  shift;
  logic [26:0] major_sig, minor_sig, minor_low, minor_aligned;  // 24 bits, guard, round, sticky
  logic [27:0] total, normal;
  logic [4:0]  zeros;            // leading, of total
  logic [24:0] rounded;
  logic        up;
  logic [9:0]  exponent;

  assign a_special = (a_i[30:23] == 8'hff);
  assign b_special = (b_i[30:23] == 8'hff);
  assign nan       = (a_special && a_i[22:0] != 23'd0) || (b_special && b_i[22:0] != 23'd0) ||
                     (a_special && b_special && a_i[31] != b_i[31]);

  assign {major, minor} = (a_i[30:0] >= b_i[30:0]) ? {a_i, b_i} : {b_i, a_i};
  assign subtract     = a_i[31] ^ b_i[31];
  assign distance     = major[30:23] - minor[30:23];
  assign shift        = (distance > 8'd27) ? 5'd27 : distance[4:0];
  assign major_sig    = {major[30:23] != 8'd0, major[22:0], 3'd0};
  assign minor_sig    = (minor[30:23] != 8'd0) ? {1'b1, minor[22:0], 3'd0} : 27'd0;
  // What is shifted out only counts as sticky.
  assign minor_low    = minor_sig & ~(27'h7ff_ffff << shift);
  assign minor_aligned = (minor_sig >> shift) | {26'd0, minor_low != 27'd0};
  assign total = subtract ? {1'b0, major_sig} - {1'b0, minor_aligned}
                          : {1'b0, major_sig} + {1'b0, minor_aligned};

  always_comb begin
    normal = total;
    zeros  = 5'd0;
    if (normal[27:12] == 16'd0) begin normal = normal << 16; zeros = zeros + 5'd16; end
    if (normal[27:20] == 8'd0)  begin normal = normal << 8;  zeros = zeros + 5'd8; end
    if (normal[27:24] == 4'd0)  begin normal = normal << 4;  zeros = zeros + 5'd4; end
    if (normal[27:26] == 2'd0)  begin normal = normal << 2;  zeros = zeros + 5'd2; end
    if (normal[27] == 1'b0)     begin normal = normal << 1;  zeros = zeros + 5'd1; end
  end

  assign up       = normal[3] && (normal[4] || (normal[2:0] != 3'd0));
  assign rounded  = {1'b0, normal[27:4]} + {24'd0, up};
  assign exponent = {2'd0, major[30:23]} + 10'd1 - {5'd0, zeros} + {9'd0, rounded[24]};

  always_comb begin
    if (nan)                          sum_o = 32'h7fc0_0000;
    else if (a_special || b_special)  sum_o = {a_special ? a_i[31] : b_i[31], 8'hff, 23'd0};
    else if (total == 28'd0)          sum_o = {a_i[31] & b_i[31], 31'd0};
    else if (exponent[9])             sum_o = {major[31], 31'd0};  // no subnormal results
    else if (exponent[8:0] >= 9'd255) sum_o = {major[31], 8'hff, 23'd0};
    else                              sum_o = {major[31], exponent[7:0], rounded[22:0]};
  end

  logic unused;
  assign unused = ^{rounded[23], minor[31]};
endmodule
