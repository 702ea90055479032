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
  `define OWN_LAST_TERM
  function automatic logic [2:0] last_term(input logic [7:0] format);
    case (format)
      FormatInt8: last_term = 3'd3;
      FormatInt6, FormatInt5: last_term = 3'd2;
      default: last_term = 3'd1;
    endcase
  endfunction

  // Final results are multiplied by 2^-unit_shift.
  `define OWN_UNIT_SHIFT
  function automatic logic unit_shift(input logic [7:0] format);
    unit_shift = (format == FormatBitmod4);
  endfunction

  `include "pe_defaults.svh"
endpackage
