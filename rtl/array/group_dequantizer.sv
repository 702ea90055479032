// SPDX-License-Identifier: Apache-2.0
// Group dequantizer of one row at the array's edge: takes the group sums of the columns one after the other,
// applies zero point and scale and adds into the row's fp32 output accumulators. Four stages: x and z*S;
// d; d*s; the output accumulator. docs/array.md, section "Group dequantizers at the edge".
module group_dequantizer #(
  parameter int unsigned COLS = 1,
  parameter int unsigned Hop = 1,          // cycles from the sum of a column to that of the next
  parameter bit HasZeroPoint = 1'b0
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [12:0]       cols_i,        // active columns
  // The group sum of column 0 is at the edge in this cycle; of this group:
  input  logic              start_i,
  input  logic              first_i,       // first group of a pass
  input  logic [15:0]       scale_i,
  input  logic signed [9:0] zero_point_i,
  input  logic [31:0]       group_sum_i,   // x of the column at the edge
  input  logic [31:0]       act_sum_i,     // S of the same column
  // Output accumulators
  input  logic [12:0]       read_col_i,
  output logic [31:0]       out_o
);
  localparam int unsigned ColW = (COLS > 1) ? $clog2(COLS) : 1;

  // The columns of the group, one after the other
  logic              take, left_q, pause_q;
  logic [ColW-1:0]   col, next_col_q;
  logic              first, first_q;
  logic [15:0]       scale, scale_q;
  logic signed [9:0] zero_point, zero_point_q;
  assign take = start_i || (left_q && !pause_q);
  assign col  = start_i ? '0 : next_col_q;
  assign {first, scale, zero_point} = start_i ? {first_i, scale_i, zero_point_i}
                                              : {first_q, scale_q, zero_point_q};

  // Stages: x_q and zs_q, d_q, ds_q
  logic            valid1_q, valid2_q, valid3_q, first1_q, first2_q, first3_q;
  logic [ColW-1:0] col1_q, col2_q, col3_q;
  logic [15:0]     scale1_q, scale2_q;
  logic [31:0]     x_q, d, d_q, ds, ds_q, sum;
  logic [31:0]     out_q [COLS];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q   <= 1'b0;
      pause_q  <= 1'b0;
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      valid3_q <= 1'b0;
    end else begin
      if (take) left_q <= (13'(col) != cols_i - 13'd1);
      pause_q  <= take && (Hop == 2);
      valid1_q <= take;
      valid2_q <= valid1_q;
      valid3_q <= valid2_q;
    end
  end

  if (HasZeroPoint) begin : gen_zero_point
    logic [15:0] zero_point_fp16;
    logic [31:0] zs, zs_q, difference;
    logic        correct_q;
    int_to_fp16 u_convert (
      .value_i(zero_point),
      .fp16_o(zero_point_fp16)
    );
    fp32_scale u_zero_point (
      .a_i(act_sum_i),
      .b_i(zero_point_fp16),
      .product_o(zs)
    );
    fp32_add u_correct (
      .a_i(x_q),
      .b_i({~zs_q[31], zs_q[30:0]}),
      .sum_o(difference)
    );
    always_ff @(posedge clk_i) begin
      if (take) begin
        zs_q      <= zs;
        correct_q <= (zero_point != 10'sd0);
      end
    end
    assign d = correct_q ? difference : x_q;
  end else begin : gen_no_zero_point
    assign d = x_q;
    logic unused;
    assign unused = ^{zero_point, act_sum_i};
  end

  fp32_scale u_scale (
    .a_i(d_q),
    .b_i(scale2_q),
    .product_o(ds)
  );
  fp32_add u_add (
    .a_i(first3_q ? 32'd0 : out_q[col3_q]),
    .b_i(ds_q),
    .sum_o(sum)
  );

  always_ff @(posedge clk_i) begin
    if (start_i) {first_q, scale_q, zero_point_q} <= {first_i, scale_i, zero_point_i};
    if (take) begin
      next_col_q <= col + 1'b1;
      x_q        <= group_sum_i;
      first1_q   <= first;
      scale1_q   <= scale;
      col1_q     <= col;
    end
    d_q      <= d;
    first2_q <= first1_q;
    scale2_q <= scale1_q;
    col2_q   <= col1_q;
    ds_q     <= ds;
    first3_q <= first2_q;
    col3_q   <= col2_q;
    if (valid3_q) out_q[col3_q] <= sum;
  end

  assign out_o = out_q[read_col_i[ColW-1:0]];
  if (ColW < 13) begin : gen_high
    logic unused;
    assign unused = ^read_col_i[12:ColW];
  end
endmodule
