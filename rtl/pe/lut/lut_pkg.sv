// SPDX-License-Identifier: Apache-2.0
// Facts about the LUT tensor core PE that the array needs (docs/array.md, "PE port list"; docs/pe/lut.md).
package lut_pkg;
  localparam int unsigned WSlot = 8;     // bits of a weight slot: one per plane
  localparam int unsigned ActSlot = 32;  // bits of an activation slot: two table entries
  localparam int unsigned MaxLanes = 4;  // and no fewer: four lanes are the index of a table
  localparam bit EdgeDequant = 1'b1;
  localparam bit HasZeroPoint = 1'b1;
  localparam int unsigned DequantCycles = 0;
  localparam int unsigned Tail = 2;      // P
  // Row bus: {step_last, step_first, last, valid}, then one bit of the plane per lane.
  localparam int unsigned RowBase = 4;
  localparam int unsigned RowLane = 1;
  // Column bus: eight aligned entries {sign, magnitude[14:0]} and their exponent, in 34 bits per lane.
  localparam int unsigned ColLane = 34;
  localparam int unsigned TableExp = 128;  // position of the exponent
  // Group sum on its way out: {E[4:0], P[31:0]}.
  localparam int unsigned AccW = 37;
  localparam bit UsesChannelScale = 1'b1;

  // format_i: planes - 1 in bits 2..0, zero points in bit 3, activation format from bit 4: fp16 is 0.
  localparam logic [2:0] ActInt8 = 3'd1;
  localparam logic [2:0] ActFp8 = 3'd2;
  localparam logic [2:0] ActTableFp16 = 3'd3;
  localparam logic [2:0] ActTableInt8 = 3'd4;

  // T - 1.
  `define OWN_LAST_TERM
  function automatic logic [2:0] last_term(input logic [7:0] format);
    logic unused;
    unused = ^format[7:3];
    last_term = format[2:0];
  endfunction

  // Final results are multiplied by 2^-unit_shift: a weight is half of (q' - z') scales.
  `define OWN_UNIT_SHIFT
  function automatic logic unit_shift(input logic [7:0] format);
    logic unused;
    unused = ^format;
    unit_shift = 1'b1;
  endfunction

  // The zero point of q' in a group's tag: 2z - (2^N - 1), or 1 (0 if N = 1) for symmetric formats.
  `define OWN_ZERO_POINT
  function automatic logic signed [9:0] zero_point(input logic [7:0] format, input logic [7:0] tag);
    logic unused;
    unused = ^format[7:4];
    if (format[3]) zero_point = {1'b0, tag, 1'b0} - {1'b0, ~(9'h1fe << format[2:0])};
    else           zero_point = {9'd0, format[2:0] != 3'd0};
  endfunction

  // The weight 1 in a lane, for the sum row: +1 in the highest plane, -1 in all others; folded, only lane 3
  // holds a bit.
  `define OWN_ONE_SLOT
  function automatic logic [WSlot-1:0] one_slot(input logic [7:0] format, input logic [7:0] lane);
    logic unused;
    unused = ^format[7:3];
    one_slot = (lane == 8'd3) ? 8'd1 << format[2:0] : 8'd0;
  endfunction

  `include "pe_defaults.svh"
endpackage
