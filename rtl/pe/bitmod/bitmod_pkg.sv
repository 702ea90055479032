// SPDX-License-Identifier: Apache-2.0
// Facts about the BitMoD PE that the array needs (docs/array.md, "PE port list").
package bitmod_pkg;
  localparam int unsigned WSlot = 8;           // bits of a weight slot
  localparam int unsigned ActSlot = 16;        // bits of an activation slot
  localparam int unsigned MaxLanes = 8;
  localparam bit EdgeDequant = 1'b0;           // dequantizes in the PE
  localparam bit HasZeroPoint = 1'b0;
  localparam int unsigned DequantCycles = 8;   // D_q
  localparam int unsigned Tail = 11;           // TAIL
  // Row bus: {dq_valid, dq_first, dq_last, dq_bit, valid, last}, then {sign, shift, valid} per lane.
  localparam int unsigned RowBase = 6;
  localparam int unsigned RowLane = 5;
  localparam int unsigned ColLane = 16;
  // Accumulator on its way out: {nan, exponent[4:0], sum[55:0]}.
  localparam int unsigned AccW = 62;
  localparam bit UsesChannelScale = 1'b1;

  // Codes of format_i.
  localparam logic [7:0] FormatInt8 = 8'd0;
  localparam logic [7:0] FormatInt6 = 8'd1;
  localparam logic [7:0] FormatInt5 = 8'd2;
  localparam logic [7:0] FormatInt4 = 8'd3;
  localparam logic [7:0] FormatBitmod4 = 8'd4;
  localparam logic [7:0] FormatBitmod3 = 8'd5;

  // T - 1.
  function automatic logic [2:0] last_term(input logic [7:0] format);
    case (format)
      FormatInt8: last_term = 3'd3;
      FormatInt6, FormatInt5: last_term = 3'd2;
      default: last_term = 3'd1;
    endcase
  endfunction

  // Final results are multiplied by 2^-unit_shift.
  function automatic logic unit_shift(input logic [7:0] format);
    unit_shift = (format == FormatBitmod4);
  endfunction

  // The zero point in a group's tag.
  function automatic logic signed [9:0] zero_point(input logic [7:0] format, input logic [7:0] tag);
    logic unused;
    unused = ^{format, tag};
    zero_point = 10'sd0;
  endfunction

  // The weight 1 in a lane, for the sum row.
  function automatic logic [WSlot-1:0] one_slot(input logic [7:0] format, input logic [7:0] lane);
    logic unused;
    unused = ^{format, lane};
    one_slot = 8'd0;
  endfunction

  // The fp16 scale that the group dequantizer applies.
  function automatic logic [15:0] edge_scale(input logic [7:0] format, input logic [15:0] scale);
    logic unused;
    unused = ^format;
    edge_scale = scale;
  endfunction
endpackage
