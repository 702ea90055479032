// SPDX-License-Identifier: Apache-2.0
// Row edge of the ANT array: turns a weight slot into integer and shift. An int8 weight is its signed high
// nibble, then its unsigned low one. Tables: docs/pe/ant.md.
module ant_decoder #(
  parameter int unsigned LANES = 1,
  localparam int unsigned RowW = ant_pkg::RowBase + LANES * ant_pkg::RowLane
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
  // flint4 and pot4: 1 or 3, shifted.
  logic       is_flint;
  logic [1:0] odd;
  logic [2:0] power;
  assign is_flint = (tag_i[1:0] == 2'd1);
  always_comb begin
    odd   = (weights_i[2:0] == 3'd0) ? 2'd0 : 2'd1;
    power = weights_i[2:0] - 3'd1;
    if (is_flint) begin
      case (weights_i[2:0])
        3'd3:    begin odd = 2'd3; power = 3'd0; end
        3'd4:    power = 3'd2;
        3'd5:    begin odd = 2'd3; power = 3'd1; end
        3'd6:    power = 3'd3;
        3'd7:    power = 3'd4;
        default: ;
      endcase
    end
  end

  logic [4:0] integer_weight;
  logic [2:0] shift;
  always_comb begin
    shift = 3'd0;
    if (format_i == ant_pkg::FormatInt8) begin
      integer_weight = {1'b0, weights_i[3:0]};
      if (term_i == 3'd0) begin
        integer_weight = {weights_i[7], weights_i[7:4]};
        shift          = 3'd4;
      end
    end else if (tag_i[1:0] == 2'd0) begin
      integer_weight = {weights_i[3], weights_i[3:0]};
    end else begin
      integer_weight = weights_i[3] ? -{3'd0, odd} : {3'd0, odd};
      shift          = power;
    end
  end
  assign row_o = {shift, integer_weight, last_i, issue_i};

  logic unused;
  assign unused = ^{clk_i, rst_ni, scale_i, tag_i[7:2]};
endmodule
