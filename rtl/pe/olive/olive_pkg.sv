// SPDX-License-Identifier: Apache-2.0
// Facts about the OliVe PE that the array needs (docs/array.md, "PE port list").
package olive_pkg;
  localparam int unsigned WSlot = 8;     // bits of a weight slot
  localparam int unsigned ActSlot = 16;  // bits of an activation slot
  localparam int unsigned MaxLanes = 8;
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

  // Codes of format_i: 0 olive4, and
  localparam logic [7:0] FormatInt8 = 8'd1;  // high nibble, then low nibble

  // T - 1.
  function automatic logic [2:0] last_term(input logic [7:0] format);
    last_term = (format == FormatInt8) ? 3'd1 : 3'd0;
  endfunction

  // Final results are multiplied by 2^-unit_shift.
  function automatic logic unit_shift(input logic [7:0] format);
    logic unused;
    unused = ^format;
    unit_shift = 1'b0;
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
    one_slot = 8'd1;
  endfunction

  // The fp16 scale that the group dequantizer applies.
  function automatic logic [15:0] edge_scale(input logic [7:0] format, input logic [15:0] scale);
    logic unused;
    unused = ^format;
    edge_scale = scale;
  endfunction
endpackage
