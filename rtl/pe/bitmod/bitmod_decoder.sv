// SPDX-License-Identifier: Apache-2.0
// BitMoD weight decoder, one per row: turns weight slots into signed powers of two, one term per lane
// and cycle, and shifts out the group scale for the dequantizers, most significant bit first.
module bitmod_decoder #(
  parameter int unsigned LANES = 4,
  localparam int unsigned RowW = bitmod_pkg::RowBase + LANES * bitmod_pkg::RowLane
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // The term issued in this cycle
  input  logic [7:0]         format_i,
  input  logic               issue_i,
  input  logic [2:0]         term_i,
  input  logic               last_i,      // last term of the last step of a group
  input  logic [LANES*8-1:0] weights_i,
  input  logic [15:0]        scale_i,
  input  logic [7:0]         tag_i,
  // To the PEs of the row
  output logic [RowW-1:0]    row_o
);
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    bitmod_lane_decoder u_lane (
      .format_i,
      .term_i(term_i[1:0]),
      .slot_i(weights_i[l*8 +: 8]),
      .selector_i(tag_i[1:0]),
      .term_o(row_o[bitmod_pkg::RowBase + l*bitmod_pkg::RowLane +: bitmod_pkg::RowLane])
    );
  end

  // Scale: the group's last term is issued in cycle u, its bits leave in u+2..u+9 (dq_bit_q).
  logic [7:0] scale_q;
  logic [3:0] left_q;   // bits still in scale_q
  logic       dq_valid_q, dq_first_q, dq_last_q, dq_bit_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      scale_q    <= 8'd0;
      left_q     <= 4'd0;
      dq_valid_q <= 1'b0;
      dq_first_q <= 1'b0;
      dq_last_q  <= 1'b0;
      dq_bit_q   <= 1'b0;
    end else begin
      if (issue_i && last_i) begin
        scale_q <= scale_i[7:0];
        left_q  <= 4'd8;
      end else if (left_q != 4'd0) begin
        scale_q <= {scale_q[6:0], 1'b0};
        left_q  <= left_q - 4'd1;
      end
      dq_valid_q <= (left_q != 4'd0);
      dq_first_q <= (left_q == 4'd8);
      dq_last_q  <= (left_q == 4'd1);
      dq_bit_q   <= scale_q[7];
    end
  end
  assign row_o[5:0] = {dq_valid_q, dq_first_q, dq_last_q, dq_bit_q, issue_i, last_i};

  logic unused;
  assign unused = ^{term_i[2], scale_i[15:8], tag_i[7:2]};
endmodule
