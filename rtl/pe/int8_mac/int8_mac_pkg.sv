// SPDX-License-Identifier: Apache-2.0
// Facts about the int8 MAC that the array needs (docs/array.md, "PE port list").
package int8_mac_pkg;
  localparam int unsigned WSlot = 8;     // bits of a weight slot
  localparam int unsigned ActSlot = 16;  // bits of an activation slot
  localparam int unsigned MaxLanes = 1;
  localparam bit EdgeDequant = 1'b1;
  localparam bit HasZeroPoint = 1'b0;
  localparam int unsigned DequantCycles = 0;
  localparam int unsigned Tail = 2;      // P
  // Row bus: {last, valid}, then the weight.
  localparam int unsigned RowBase = 2;
  localparam int unsigned RowLane = 8;
  localparam int unsigned ColLane = 8;
  localparam int unsigned AccW = 32;     // group sum
  localparam bit UsesChannelScale = 1'b1;

  // Codes of format_i: 0 int8, and
  localparam logic [7:0] FormatInt4 = 8'd1;  // dequantized to int8 by the decoder

  // The fp16 scale that the group dequantizer applies.
  `define OWN_EDGE_SCALE
  function automatic logic [15:0] edge_scale(input logic [7:0] format, input logic [15:0] scale);
    edge_scale = (format == FormatInt4) ? 16'h3c00 : scale;
  endfunction

  `include "pe_defaults.svh"
endpackage
