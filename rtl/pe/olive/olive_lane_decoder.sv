// SPDX-License-Identifier: Apache-2.0
// One lane of the OliVe decoder: a weight slot beside its neighbour as {shift[2:0], integer[4:0]}. An int8
// weight is its signed high nibble, then its unsigned low one. Tables: docs/pe/olive.md.
module olive_lane_decoder (
  input  logic [7:0] format_i,
  input  logic [2:0] term_i,
  input  logic [7:0] slot_i,
  input  logic [3:0] neighbour_i,
  output logic [7:0] weight_o
);
  localparam logic [3:0] Victim = 4'b1000;

  logic [4:0] abfloat;  // +-(2 + m)
  assign abfloat = slot_i[3] ? -{4'b0001, slot_i[0]} : {4'b0001, slot_i[0]};

  always_comb begin
    if (format_i == olive_pkg::FormatInt8) begin
      weight_o = (term_i == 3'd0) ? {3'd4, slot_i[7], slot_i[7:4]} : {4'd0, slot_i[3:0]};
    end else if (slot_i[3:0] == Victim) begin
      weight_o = 8'd0;
    end else if (neighbour_i == Victim) begin
      weight_o = {{1'b0, slot_i[2:1]} + 3'd2, abfloat};
    end else begin
      weight_o = {3'd0, slot_i[3], slot_i[3:0]};
    end
  end
endmodule
