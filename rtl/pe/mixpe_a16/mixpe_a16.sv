// SPDX-License-Identifier: Apache-2.0
// MixPE for fp16 activations: four weight bits per term by shift and add of the significand, which is exact
// (stage 1); fp32 group sum (stage 2). No multiplier. The row bus: mixpe_a16_pkg; the column bus:
// mixpe_a16_column.
module mixpe_a16 #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = mixpe_a16_pkg::RowBase + LANES * mixpe_a16_pkg::RowLane,
  localparam int unsigned ColW = LANES * mixpe_a16_pkg::ColLane,
  localparam int unsigned AccW = mixpe_a16_pkg::AccW
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
  logic        high, top_negative, special, sign;
  logic [4:0]  act_exponent;
  assign {high, top_negative} = row_i[3:2];
  assign {special, sign, act_exponent} = col_i[17:11];

  // a * 2^i only changes the exponent: of the four partial products the significand is shifted instead, and they
  // are added. The top one is negative if it is a sign; the high nibble counts 16-fold.
  logic signed [15:0] significand, sum;
  logic [14:0]        magnitude, normal;
  logic [3:0]         zeros;     // leading
  logic [7:0]         exponent;  // biased: value = sum * 2^(act_exponent - 25)
  logic [31:0]        product;
  assign significand = {5'd0, col_i[10:0]};
  always_comb begin
    sum = 16'sd0;
    for (int unsigned i = 0; i < 4; i++) begin
      if (row_i[mixpe_a16_pkg::RowBase + i]) begin
        if (i == 3 && top_negative) sum = sum - (significand <<< i);
        else                        sum = sum + (significand <<< i);
      end
    end
    magnitude = sum[15] ? -sum[14:0] : sum[14:0];
    normal = magnitude;
    zeros  = 4'd0;
    if (normal[14:7] == 8'd0)  begin normal = normal << 8; zeros = zeros + 4'd8; end
    if (normal[14:11] == 4'd0) begin normal = normal << 4; zeros = zeros + 4'd4; end
    if (normal[14:13] == 2'd0) begin normal = normal << 2; zeros = zeros + 4'd2; end
    if (normal[14] == 1'b0)    begin normal = normal << 1; zeros = zeros + 4'd1; end
  end
  // 14 - 25 + 127 = 116
  assign exponent = (high ? 8'd120 : 8'd116) + {3'd0, act_exponent} - {4'd0, zeros};
  always_comb begin
    if (special)                product = 32'h7fc0_0000;
    else if (magnitude == '0)   product = 32'd0;
    else                        product = {sign ^ sum[15], exponent, normal[13:0], 9'd0};
  end

  group_accumulator #(.TERMW(32), .Float(1'b1)) u_group (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(row_i[0]),
    .last_i(row_i[1]),
    .term_i(product),
    .shift_i, .acc_i, .acc_o
  );

  logic unused;
  assign unused = normal[14];
endmodule
