// SPDX-License-Identifier: Apache-2.0
// A multiply-accumulate of FP8 (E4M3) as a weight-stationary PE: exact product (stage 1), IEEE fp32 addition to
// the partial sum of the row above (stage 2). An inactive PE passes that on.
module fp8_mac_ws (
  input  logic                            clk_i,
  input  logic                            advance_i,
  input  logic                            active_i,
  input  logic [fp8_mac_pkg::ActSlot-1:0] act_i,
  input  logic [fp8_mac_pkg::WSlot-1:0]   weight_i,
  input  logic [fp8_mac_pkg::AccW-1:0]    acc_i,
  output logic [fp8_mac_pkg::AccW-1:0]    acc_o
);
  logic [31:0] product, product_q, sum, acc_q;

  fp8_mul u_mul (
    .a_i(act_i[7:0]),
    .b_i(weight_i[7:0]),
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

  logic unused;
  assign unused = ^{act_i[15:8], weight_i[15:8]};
endmodule
