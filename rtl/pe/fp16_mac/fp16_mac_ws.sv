// SPDX-License-Identifier: Apache-2.0
// The arithmetic of fp16_mac as a weight-stationary PE: exact product (stage 1), IEEE addition to the partial
// sum of the row above (stage 2). An inactive PE passes that on.
module fp16_mac_ws (
  input  logic                             clk_i,
  input  logic                             advance_i,
  input  logic                             active_i,
  input  logic [fp16_mac_pkg::ActSlot-1:0] act_i,
  input  logic [fp16_mac_pkg::WSlot-1:0]   weight_i,
  input  logic [fp16_mac_pkg::AccW-1:0]    acc_i,
  output logic [fp16_mac_pkg::AccW-1:0]    acc_o
);
  // Formats with groups, which only the decoder of the output-stationary array dequantizes.
  localparam logic [7:0] unused_formats =
      fp16_mac_pkg::FormatFp16 ^ fp16_mac_pkg::FormatInt4 ^ fp16_mac_pkg::FormatUint4;

  logic [31:0] product, product_q, sum, acc_q;

  fp16_mul u_mul (
    .a_i(act_i),
    .b_i(weight_i),
    .product_o(product)
  );

  fp32_add u_add (
    .a_i(acc_i),
    .b_i(product_q),
    .sum_o(sum)
  );

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      if (active_i) product_q <= product;
      acc_q <= active_i ? sum : acc_i;
    end
  end

  assign acc_o = acc_q;
endmodule
