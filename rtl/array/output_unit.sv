// SPDX-License-Identifier: Apache-2.0
// Output unit of one row, two stages: the PE's accumulator as fp32 (registered), then plus the old partial
// sum and, if final, times the channel scale and the unit to fp16 (registered). docs/array.md, section Common.
module output_unit #(
  parameter bit UsesChannelScale = 1'b1
) (
  input  logic        clk_i,
  input  logic        advance_i,
  input  logic [31:0] fp32_i,        // stage 1
  input  logic        final_i,       // stage 2
  input  logic        accumulate_i,
  input  logic        half_i,        // unit 1/2 instead of 1
  input  logic [31:0] partial_i,
  input  logic [15:0] channel_scale_i,
  output logic [31:0] data_o
);
  logic [31:0] fp32_q, sum, scaled, data_q;
  logic [15:0] result;

  fp32_add u_add (
    .a_i(fp32_q),
    .b_i(accumulate_i ? partial_i : 32'd0),
    .sum_o(sum)
  );

  if (UsesChannelScale) begin : gen_scale
    fp32_scale u_scale (
      .a_i(sum),
      .b_i(channel_scale_i),
      .product_o(scaled)
    );
  end else begin : gen_no_scale
    assign scaled = sum;
    logic unused;
    assign unused = ^channel_scale_i;
  end

  fp32_to_fp16 u_round (
    .a_i(scaled),
    .half_i(half_i),
    .fp16_o(result)
  );

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      fp32_q <= fp32_i;
      data_q <= final_i ? {16'd0, result} : sum;
    end
  end
  assign data_o = data_q;
endmodule
