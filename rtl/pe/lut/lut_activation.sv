// SPDX-License-Identifier: Apache-2.0
// An activation in its slot as fp16: fp16 itself, int8 or fp8_e4m3, all exact. NaN of fp8 is canonical (7e00).
module lut_activation (
  input  logic [2:0]  format_i,
  input  logic [15:0] slot_i,
  output logic [15:0] fp16_o
);
  // int8, or the fraction of a subnormal fp8, which counts 2^-9
  logic        is_int8;
  logic [9:0]  value;
  logic [15:0] integer_fp16;
  assign is_int8 = (format_i == lut_pkg::ActInt8);
  assign value   = is_int8 ? {{2{slot_i[7]}}, slot_i[7:0]} : {7'd0, slot_i[2:0]};
  int_to_fp16 u_integer (
    .value_i(value),
    .fp16_o(integer_fp16)
  );

  logic [15:0] fp8;
  always_comb begin
    if (slot_i[6:0] == 7'h7f)      fp8 = 16'h7e00;
    else if (slot_i[6:3] != 4'd0)  fp8 = {slot_i[7], {1'b0, slot_i[6:3]} + 5'd8, slot_i[2:0], 7'd0};
    else if (slot_i[2:0] != 3'd0)  fp8 = {slot_i[7], integer_fp16[14:10] - 5'd9, integer_fp16[9:0]};
    else                           fp8 = {slot_i[7], 15'd0};
  end

  assign fp16_o = is_int8 ? integer_fp16 : (format_i == lut_pkg::ActFp8) ? fp8 : slot_i;
endmodule
