// SPDX-License-Identifier: Apache-2.0
// The package of a PE type made of shift_mac (ant, olive), but for MaxLanes.
  localparam int unsigned WSlot = 8;     // bits of a weight slot
  localparam int unsigned ActSlot = 16;  // bits of an activation slot
  localparam bit EdgeDequant = 1'b1;
  localparam bit HasZeroPoint = 1'b0;
  localparam int unsigned DequantCycles = 0;
  localparam int unsigned Tail = 2;      // P
  // Row bus: {last, valid}, then {shift[2:0], integer[4:0]} per lane.
  localparam int unsigned RowBase = 2;
  localparam int unsigned RowLane = 8;
  localparam int unsigned ColLane = 8;
  localparam int unsigned AccW = 32;     // group sum
  localparam bit UsesChannelScale = 1'b1;

  // Codes of format_i: 0 the type's own 4-bit format, and
  localparam logic [7:0] FormatInt8 = 8'd1;  // high nibble, then low nibble

  // T - 1.
  `define OWN_LAST_TERM
  function automatic logic [2:0] last_term(input logic [7:0] format);
    last_term = (format == FormatInt8) ? 3'd1 : 3'd0;
  endfunction

  `include "pe_defaults.svh"
