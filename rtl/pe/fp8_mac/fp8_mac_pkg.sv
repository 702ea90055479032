// SPDX-License-Identifier: Apache-2.0
// Facts about the FP8 MAC, which `vernier ppa` measures in a weight-stationary array and no design uses: the
// slots are those of fp16_mac, with FP8 in their low bytes.
package fp8_mac_pkg;
  localparam int unsigned WSlot = 16;
  localparam int unsigned ActSlot = 16;
  localparam int unsigned MaxLanes = 1;
  localparam bit EdgeDequant = 1'b0;
  localparam bit HasZeroPoint = 1'b0;
  localparam int unsigned DequantCycles = 0;
  localparam int unsigned Tail = 2;
  localparam int unsigned RowBase = 1;
  localparam int unsigned RowLane = 16;
  localparam int unsigned ColLane = 16;
  // Accumulator: fp32.
  localparam int unsigned AccW = 32;
  localparam bit UsesChannelScale = 1'b0;

  `include "pe_defaults.svh"
endpackage
