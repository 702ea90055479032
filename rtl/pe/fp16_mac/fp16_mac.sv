// SPDX-License-Identifier: Apache-2.0
// fp16 multiplier with fp32 accumulator: exact product (stage 1), IEEE addition (stage 2).
module fp16_mac #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = fp16_mac_pkg::RowBase + LANES * fp16_mac_pkg::RowLane,
  localparam int unsigned ColW = LANES * fp16_mac_pkg::ColLane,
  localparam int unsigned AccW = fp16_mac_pkg::AccW
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            clear_i,  // start of a pass, pipeline empty
  input  logic [RowW-1:0] row_i,
  input  logic [ColW-1:0] col_i,
  input  logic            shift_i,  // drain: take the neighbour's accumulator
  input  logic [AccW-1:0] acc_i,
  output logic [AccW-1:0] acc_o
);

  logic        valid_q;
  logic [31:0] product, product_q, acc_q, acc_sum;

  fp16_mul u_mul (
    .a_i(col_i[15:0]),
    .b_i(row_i[16:1]),
    .product_o(product)
  );

  fp32_add u_add (
    .a_i(acc_q),
    .b_i(product_q),
    .sum_o(acc_sum)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else         valid_q <= row_i[0];
  end

  always_ff @(posedge clk_i) begin
    if (row_i[0]) product_q <= product;
    if (clear_i)      acc_q <= 32'd0;
    else if (shift_i) acc_q <= acc_i;
    else if (valid_q) acc_q <= acc_sum;
  end

  assign acc_o = acc_q;
endmodule
