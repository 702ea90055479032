// SPDX-License-Identifier: Apache-2.0
// LANES products of int8 activations and weights (5-bit integer << shift), summed (stage 1), and their int32
// group sum (stage 2). |weight| is at most 128, so that a product fits 16 bits.
module shift_mac #(
  parameter int unsigned LANES = 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,    // start of a pass, pipeline empty
  input  logic               valid_i,
  input  logic               last_i,     // of its group
  input  logic [LANES*8-1:0] acts_i,
  input  logic [LANES*8-1:0] weights_i,  // per lane {shift[2:0], integer[4:0]}
  input  logic               shift_i,    // the chain takes the neighbour's group sum
  input  logic [31:0]        acc_i,
  output logic [31:0]        acc_o
);
  localparam int unsigned SumW = 16 + $clog2(LANES);

  logic signed [12:0]     product;
  logic signed [15:0]     shifted;
  logic signed [SumW-1:0] sum;
  always_comb begin
    sum = '0;
    for (int unsigned l = 0; l < LANES; l++) begin
      product = $signed({{5{acts_i[l*8+7]}}, acts_i[l*8 +: 8]}) *
                $signed({{8{weights_i[l*8+4]}}, weights_i[l*8 +: 5]});
      shifted = {{3{product[12]}}, product} <<< weights_i[l*8+5 +: 3];
      sum     = sum + {{(SumW - 15){shifted[15]}}, shifted[14:0]};
    end
  end

  group_accumulator #(.TERMW(SumW)) u_group (
    .clk_i, .rst_ni, .clear_i, .valid_i, .last_i,
    .term_i(sum),
    .shift_i, .acc_i, .acc_o
  );
endmodule
