// SPDX-License-Identifier: Apache-2.0
// MixPE for int8 activations: four weight bits per term by shift and add (stage 1), int32 group sum
// (stage 2). No multiplier. The row bus: mixpe_a8_pkg.
module mixpe_a8 #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = mixpe_a8_pkg::RowBase + LANES * mixpe_a8_pkg::RowLane,
  localparam int unsigned ColW = LANES * mixpe_a8_pkg::ColLane,
  localparam int unsigned AccW = mixpe_a8_pkg::AccW
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            clear_i,  // start of a pass, pipeline empty
  input  logic [RowW-1:0] row_i,
  input  logic [ColW-1:0] col_i,
  input  logic            shift_i,  // the chain takes the neighbour's group sum
  input  logic [AccW-1:0] acc_i,
  output logic [AccW-1:0] acc_o
);
  logic high, top_negative;
  assign {high, top_negative} = row_i[3:2];

  // a << i for every bit of the nibble, the top one negative if it is a sign; the high nibble counts 16-fold.
  logic signed [11:0] a, sum;
  logic signed [15:0] product;
  assign a = {{4{col_i[7]}}, col_i};
  always_comb begin
    sum = 12'sd0;
    for (int unsigned i = 0; i < 4; i++) begin
      if (row_i[mixpe_a8_pkg::RowBase + i]) begin
        if (i == 3 && top_negative) sum = sum - (a <<< i);
        else                        sum = sum + (a <<< i);
      end
    end
    product = high ? {sum, 4'd0} : {{4{sum[11]}}, sum};
  end

  group_accumulator #(.TERMW(16)) u_group (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(row_i[0]),
    .last_i(row_i[1]),
    .term_i(product),
    .shift_i, .acc_i, .acc_o
  );
endmodule
