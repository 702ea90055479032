// SPDX-License-Identifier: Apache-2.0
// Signed integer times 2^exponent_i to fp32, one rounding to nearest even. Zero gives +0. WIDTH 26..64. The
// result must be in the normal range of fp32.
module int_to_fp32 #(
  parameter int unsigned WIDTH = 32
) (
  input  logic [WIDTH-1:0]  value_i,
  input  logic signed [7:0] exponent_i,
  output logic [31:0]       fp32_o
);
  logic             negative, up;
  logic [WIDTH-1:0] magnitude, normal;
  logic [5:0]       zeros;     // leading
  logic [24:0]      rounded;
  logic [9:0]       exponent;  // biased

  assign negative  = value_i[WIDTH-1];
  assign magnitude = negative ? -value_i : value_i;

  always_comb begin
    normal = magnitude;
    zeros  = 6'd0;
    for (int unsigned step = 32; step > 0; step = step >> 1) begin
      if (step < WIDTH && (normal >> (WIDTH - step)) == '0) begin
        normal = normal << step;
        zeros  = zeros + 6'(step);
      end
    end
  end

  assign up       = normal[WIDTH-25] && (normal[WIDTH-24] || (normal[WIDTH-26:0] != '0));
  assign rounded  = {1'b0, normal[WIDTH-1:WIDTH-24]} + {24'd0, up};
  assign exponent = 10'(WIDTH + 126) + {{2{exponent_i[7]}}, exponent_i} - {4'd0, zeros} + {9'd0, rounded[24]};
  assign fp32_o   = (magnitude == '0) ? 32'd0
                                      : {negative, exponent[7:0], rounded[24] ? 23'd0 : rounded[22:0]};

  logic unused;
  assign unused = ^{exponent[9:8], rounded[23]};

`ifndef SYNTHESIS
  initial assert (WIDTH >= 26 && WIDTH <= 64) else $fatal(1, "int_to_fp32: WIDTH");
`endif
endmodule
