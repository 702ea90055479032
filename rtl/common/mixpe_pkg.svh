// SPDX-License-Identifier: Apache-2.0
// The package of both MixPE types, but for what their activations are.
  localparam int unsigned WSlot = 8;     // bits of a weight slot
  localparam int unsigned ActSlot = 16;  // bits of an activation slot
  localparam int unsigned MaxLanes = 1;
  localparam bit EdgeDequant = 1'b1;
  localparam bit HasZeroPoint = 1'b1;
  localparam int unsigned DequantCycles = 0;
  localparam int unsigned Tail = 2;      // P
  // Row bus: {high, top_negative, last, valid}, then four bits of the weight.
  localparam int unsigned RowBase = 4;
  localparam int unsigned RowLane = 4;

  // Codes of format_i.
  localparam logic [7:0] FormatInt4 = 8'd0;
  localparam logic [7:0] FormatUint4 = 8'd1;  // the tag is the zero point
  localparam logic [7:0] FormatInt8 = 8'd2;   // high nibble, then low nibble

  // T - 1.
  `define OWN_LAST_TERM
  function automatic logic [2:0] last_term(input logic [7:0] format);
    last_term = (format == FormatInt8) ? 3'd1 : 3'd0;
  endfunction

  // The zero point in a group's tag.
  `define OWN_ZERO_POINT
  function automatic logic signed [9:0] zero_point(input logic [7:0] format, input logic [7:0] tag);
    zero_point = (format == FormatUint4) ? {2'b00, tag} : 10'sd0;
  endfunction

  `include "pe_defaults.svh"
