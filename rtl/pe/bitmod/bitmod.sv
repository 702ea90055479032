// SPDX-License-Identifier: Apache-2.0
// BitMoD processing element: fp16 activations times one signed power of two per lane and cycle, summed
// with a shared exponent; integer group scale applied one bit per cycle; wide output accumulator.
// Pipeline and roundings: docs/array.md, section bitmod. The row bus: bitmod_pkg.
module bitmod #(
  parameter int unsigned LANES = 4,
  localparam int unsigned RowW = bitmod_pkg::RowBase + LANES * bitmod_pkg::RowLane,
  localparam int unsigned ColW = LANES * bitmod_pkg::ColLane,
  localparam int unsigned AccW = bitmod_pkg::AccW
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
  localparam int unsigned SumW = 26;  // 15-bit significand << 7, signed, 8 lanes

  logic valid, last, dq_valid, dq_first, dq_last, dq_bit;
  assign {dq_valid, dq_first, dq_last, dq_bit, valid, last} = row_i[5:0];

  // Cycle u: align every lane to the largest exponent and add.
  logic [4:0]             exp_q, exp_new;
  logic                   special;
  logic [4:0]             lane_exp;
  logic [4:0]             lane_distance;
  logic [14:0]            lane_sig;
  logic [15:0]            lane_shifted;
  logic [14:0]            lane_round;
  logic [21:0]            lane_term;
  logic                   lane_negative;
  logic signed [SumW-1:0] sum;

  always_comb begin
    exp_new = exp_q;
    special = 1'b0;
    for (int unsigned l = 0; l < LANES; l++) begin
      lane_exp = col_i[l*16+10 +: 5];
      special  = special | (lane_exp == 5'd31);
      if (lane_exp == 5'd0) lane_exp = 5'd1;
      if (lane_exp > exp_new) exp_new = lane_exp;
    end
    sum = '0;
    for (int unsigned l = 0; l < LANES; l++) begin
      lane_exp      = col_i[l*16+10 +: 5];
      lane_sig      = {lane_exp != 5'd0, col_i[l*16 +: 10], 4'd0};
      if (lane_exp == 5'd31) lane_sig = 15'd0;
      if (lane_exp == 5'd0) lane_exp = 5'd1;
      lane_distance = exp_new - lane_exp;
      lane_shifted  = {lane_sig, 1'b0} >> lane_distance;  // and the last bit shifted out
      lane_round    = lane_shifted[15:1] + {14'd0, lane_shifted[0]};  // half up
      lane_term     = {7'd0, lane_round} << row_i[bitmod_pkg::RowBase + l*5 + 1 +: 3];
      lane_negative = col_i[l*16+15] ^ row_i[bitmod_pkg::RowBase + l*5 + 4];
      if (row_i[bitmod_pkg::RowBase + l*5]) begin
        if (lane_negative) sum = sum - $signed({4'd0, lane_term});
        else               sum = sum + $signed({4'd0, lane_term});
      end
    end
  end

  // Control of the stages: reset; data below is written before it is used.
  logic sum_valid_q, sum_last_q, scaled_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_valid_q <= 1'b0;
      sum_last_q  <= 1'b0;
      scaled_q    <= 1'b0;
    end else begin
      sum_valid_q <= valid;
      sum_last_q  <= last;
      scaled_q    <= dq_valid && dq_last;
    end
  end

  logic                   nan_q;
  logic [4:0]             sum_shift_q, sum_exp_q;   // of stage 1
  logic signed [SumW-1:0] sum_q;
  logic signed [31:0]     group_q, group_new;       // P
  logic signed [31:0]     dq_group_q;               // P of the group being scaled
  logic [4:0]             dq_exp_q, scaled_exp_q;   // E of it; and of the one just scaled
  logic signed [39:0]     scaled_sum_q;             // D
  logic signed [55:0]     out_q, out_new;           // O
  logic [4:0]             out_exp_q, out_exp_new;   // EO

  assign group_new   = (group_q >>> sum_shift_q) + $signed({{(32 - SumW){sum_q[SumW-1]}}, sum_q});
  assign out_exp_new = (scaled_exp_q > out_exp_q) ? scaled_exp_q : out_exp_q;

  logic signed [55:0] scaled_wide;
  assign scaled_wide = {{16{scaled_sum_q[39]}}, scaled_sum_q};
  assign out_new = (out_q >>> (out_exp_new - out_exp_q)) + (scaled_wide >>> (out_exp_new - scaled_exp_q));

  always_ff @(posedge clk_i) begin
    // Cycle u
    if (valid) begin
      sum_q       <= sum;
      sum_shift_q <= exp_new - exp_q;
      sum_exp_q   <= exp_new;
    end
    if (clear_i) begin
      exp_q <= 5'd0;
      nan_q <= 1'b0;
    end else if (shift_i) begin
      nan_q <= acc_i[61];
    end else if (valid) begin
      exp_q <= last ? 5'd0 : exp_new;
      nan_q <= nan_q | special;
    end
    // Cycle u+1: into the group sum, or on to the dequantizer.
    if (clear_i) begin
      group_q <= 32'sd0;
    end else if (sum_valid_q) begin
      group_q <= sum_last_q ? 32'sd0 : group_new;
    end
    if (sum_valid_q && sum_last_q) begin
      dq_group_q <= group_new;
      dq_exp_q   <= sum_exp_q;
    end
    // Cycles u+2..u+9: one scale bit each, most significant first.
    if (dq_valid) begin
      scaled_sum_q <= (dq_first ? 40'sd0 : (scaled_sum_q <<< 1)) +
                      (dq_bit ? {{8{dq_group_q[31]}}, dq_group_q} : 40'sd0);
      scaled_exp_q <= dq_exp_q;
    end
    // Cycle u+10
    if (clear_i) begin
      out_q     <= 56'sd0;
      out_exp_q <= 5'd0;
    end else if (shift_i) begin
      out_q     <= acc_i[55:0];
      out_exp_q <= acc_i[60:56];
    end else if (scaled_q) begin
      out_q     <= out_new;
      out_exp_q <= out_exp_new;
    end
  end

  assign acc_o = {nan_q, out_exp_q, out_q};
endmodule
