// SPDX-License-Identifier: Apache-2.0
// One lane of the BitMoD weight decoder: term `term_i` of a weight slot as {sign, shift[2:0], valid}.
// Integers are cut into radix-4 Booth digits, bitmod values into at most two signed powers of two.
// Tables: docs/array.md, section bitmod.
module bitmod_lane_decoder (
  input  logic [7:0] format_i,
  input  logic [1:0] term_i,
  input  logic [7:0] slot_i,
  input  logic [1:0] selector_i,
  output logic [4:0] term_o
);
  // Integers: sign-extended to 8 bits, then Booth digit i in {-2..2} * 4^i.
  logic [7:0] integer_weight;
  logic [2:0] window;
  logic [4:0] booth;
  always_comb begin
    case (format_i)
      bitmod_pkg::FormatInt8: integer_weight = slot_i;
      bitmod_pkg::FormatInt6: integer_weight = {{2{slot_i[5]}}, slot_i[5:0]};
      bitmod_pkg::FormatInt5: integer_weight = {{3{slot_i[4]}}, slot_i[4:0]};
      bitmod_pkg::FormatInt4: integer_weight = {{4{slot_i[3]}}, slot_i[3:0]};
      default:                integer_weight = 8'd0;
    endcase
    case (term_i)
      2'd0:    window = {integer_weight[1:0], 1'b0};
      2'd1:    window = integer_weight[3:1];
      2'd2:    window = integer_weight[5:3];
      default: window = integer_weight[7:5];
    endcase
    case (window)
      3'b000, 3'b111: booth = 5'd0;
      3'b001, 3'b010: booth = {1'b0, term_i, 1'b0, 1'b1};
      3'b011:         booth = {1'b0, term_i, 1'b1, 1'b1};
      3'b100:         booth = {1'b1, term_i, 1'b1, 1'b1};
      default:        booth = {1'b1, term_i, 1'b0, 1'b1};
    endcase
  end

  // bitmod4 and bitmod3: sign and magnitude of the code.
  logic       is_bitmod4, is_bitmod3, negative;
  logic [4:0] magnitude;
  assign is_bitmod4 = (format_i == bitmod_pkg::FormatBitmod4);
  assign is_bitmod3 = (format_i == bitmod_pkg::FormatBitmod3);
  always_comb begin
    if (is_bitmod4) begin
      negative = slot_i[3];
      case (slot_i[2:0])
        3'd5:    magnitude = 5'd6;
        3'd6:    magnitude = 5'd8;
        3'd7:    magnitude = 5'd12;
        default: magnitude = {2'b00, slot_i[2:0]};
      endcase
      if (slot_i[3:0] == 4'b1000) begin
        negative  = selector_i[0];
        magnitude = selector_i[1] ? 5'd16 : 5'd10;
      end
    end else begin
      negative  = slot_i[2];
      magnitude = (slot_i[1:0] == 2'd3) ? 5'd4 : {3'b000, slot_i[1:0]};
      if (slot_i[2:0] == 3'b100) begin
        negative  = selector_i[0];
        magnitude = selector_i[1] ? 5'd6 : 5'd3;
      end
    end
  end

  // At most two powers of two, the larger first; the second one as {exists, opposite sign, shift}.
  logic [2:0] first_shift;
  logic [4:0] second, power;
  always_comb begin
    second = 5'd0;
    case (magnitude)
      5'd1:    first_shift = 3'd0;
      5'd2:    first_shift = 3'd1;
      5'd3:    begin first_shift = 3'd2; second = {1'b1, 1'b1, 3'd0}; end
      5'd4:    first_shift = 3'd2;
      5'd6:    begin first_shift = 3'd3; second = {1'b1, 1'b1, 3'd1}; end
      5'd8:    first_shift = 3'd3;
      5'd10:   begin first_shift = 3'd3; second = {1'b1, 1'b0, 3'd1}; end
      5'd12:   begin first_shift = 3'd4; second = {1'b1, 1'b1, 3'd2}; end
      default: first_shift = 3'd4;
    endcase
    if (term_i[0]) power = {negative ^ second[3], second[2:0], second[4]};
    else           power = {negative, first_shift, magnitude != 5'd0};
  end

  assign term_o = (is_bitmod4 || is_bitmod3) ? power : booth;
endmodule
