// SPDX-License-Identifier: Apache-2.0
// Facts about the fp16 MAC that the array needs (docs/array.md, "PE port list").
package fp16_mac_pkg;
  localparam int unsigned WSlot = 16;         // bits of a weight slot
  localparam int unsigned ActSlot = 16;       // bits of an activation slot
  localparam int unsigned MaxLanes = 1;
  localparam bit EdgeDequant = 1'b0;          // groups end at the decoder
  localparam bit HasZeroPoint = 1'b0;
  localparam int unsigned DequantCycles = 0;  // D_q
  localparam int unsigned Tail = 2;           // TAIL
  // Row bus: {valid}, then the weight.
  localparam int unsigned RowBase = 1;
  localparam int unsigned RowLane = 16;
  localparam int unsigned ColLane = 16;
  // Accumulator: fp32.
  localparam int unsigned AccW = 32;
  localparam bit UsesChannelScale = 1'b0;

  // Codes of format_i: 3 int8, and
  localparam logic [7:0] FormatFp16 = 8'd0;
  localparam logic [7:0] FormatInt4 = 8'd1;
  localparam logic [7:0] FormatUint4 = 8'd2;  // the tag is the zero point

  `include "pe_defaults.svh"
endpackage
