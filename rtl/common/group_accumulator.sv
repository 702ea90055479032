// SPDX-License-Identifier: Apache-2.0
// Group sum and chain register of a PE whose dequantizer is at the array's edge. A term of cycle u is
// registered (stage 1) and added in u+1 (stage 2); the last one of a group sends the sum to the chain register,
// visible in u+2, and the next group starts at 0. Integer sums wrap at 32 bits; with Float, terms and sums are
// fp32 (TERMW = 32), added as fp32_add does.
module group_accumulator #(
  parameter int unsigned TERMW = 16,
  parameter bit Float = 1'b0
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    clear_i,  // start of a pass, pipeline empty
  input  logic                    valid_i,
  input  logic                    last_i,   // of its group
  input  logic signed [TERMW-1:0] term_i,
  input  logic                    shift_i,  // the chain takes the neighbour's group sum
  input  logic [31:0]             acc_i,
  output logic [31:0]             acc_o
);
  logic                    valid_q, last_q;
  logic signed [TERMW-1:0] term_q;
  logic [31:0]             sum, sum_q, chain_q;

  if (Float) begin : gen_float
    fp32_add u_add (
      .a_i(sum_q),
      .b_i(term_q),
      .sum_o(sum)
    );
  end else begin : gen_integer
    assign sum = sum_q + {{(32 - TERMW){term_q[TERMW-1]}}, term_q};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      last_q  <= 1'b0;
    end else begin
      valid_q <= valid_i;
      last_q  <= valid_i && last_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) term_q <= term_i;
    if (clear_i)      sum_q <= 32'd0;
    else if (valid_q) sum_q <= last_q ? 32'd0 : sum;
    if (last_q)       chain_q <= sum;
    else if (shift_i) chain_q <= acc_i;
  end
  assign acc_o = chain_q;
endmodule
