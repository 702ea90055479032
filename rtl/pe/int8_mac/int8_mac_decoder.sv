// SPDX-License-Identifier: Apache-2.0
// Row edge of the int8 MAC array: int8 weights pass, int4 weights are multiplied by their group scale here.
module int8_mac_decoder #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = int8_mac_pkg::RowBase + LANES * int8_mac_pkg::RowLane
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
  // int4 times the group's integer scale, saturated: dequantized before the multiplication.
  logic signed [12:0] scaled;
  logic [7:0]         weight;
  assign scaled = $signed({{9{weights_i[3]}}, weights_i[3:0]}) * $signed({5'd0, scale_i[7:0]});
  always_comb begin
    if (format_i == int8_mac_pkg::FormatInt4) begin
      if (scaled > 13'sd127)       weight = 8'd127;
      else if (scaled < -13'sd127) weight = -8'sd127;
      else                         weight = scaled[7:0];
    end else begin
      weight = weights_i[7:0];
    end
  end
  assign row_o = {weight, last_i, issue_i};

  logic unused;
  assign unused = ^{clk_i, rst_ni, term_i, scale_i[15:8], tag_i};
endmodule
