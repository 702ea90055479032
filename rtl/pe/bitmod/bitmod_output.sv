// SPDX-License-Identifier: Apache-2.0
// First stage of a BitMoD output unit: accumulator to fp32, one rounding to nearest even.
module bitmod_output (
  input  logic [bitmod_pkg::AccW-1:0] acc_i,
  output logic [31:0]                 fp32_o
);
  logic        nan, negative;
  logic [55:0] magnitude, normal;
  logic [5:0]  zeros;       // leading
  logic [24:0] rounded;
  logic        up;
  logic [8:0]  exponent;    // biased: value = magnitude * 2^(EO - 29)

  assign nan       = acc_i[61];
  assign negative  = acc_i[55];
  assign magnitude = negative ? -acc_i[55:0] : acc_i[55:0];

  always_comb begin
    normal = magnitude;
    zeros  = 6'd0;
    if (normal[55:24] == 32'd0) begin normal = normal << 32; zeros = zeros + 6'd32; end
    if (normal[55:40] == 16'd0) begin normal = normal << 16; zeros = zeros + 6'd16; end
    if (normal[55:48] == 8'd0)  begin normal = normal << 8;  zeros = zeros + 6'd8; end
    if (normal[55:52] == 4'd0)  begin normal = normal << 4;  zeros = zeros + 6'd4; end
    if (normal[55:54] == 2'd0)  begin normal = normal << 2;  zeros = zeros + 6'd2; end
    if (normal[55] == 1'b0)     begin normal = normal << 1;  zeros = zeros + 6'd1; end
  end

  assign up       = normal[31] && (normal[32] || (normal[30:0] != 31'd0));
  assign rounded  = {1'b0, normal[55:32]} + {24'd0, up};
  assign exponent = 9'd153 + {4'd0, acc_i[60:56]} - {3'd0, zeros} + {8'd0, rounded[24]};

  always_comb begin
    if (nan)                     fp32_o = 32'h7fc0_0000;
    else if (magnitude == 56'd0) fp32_o = 32'd0;
    else                         fp32_o = {negative, exponent[7:0], rounded[24] ? 23'd0 : rounded[22:0]};
  end

  logic unused;
  assign unused = ^{exponent[8], rounded[23]};
endmodule
