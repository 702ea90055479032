// SPDX-License-Identifier: Apache-2.0
// Facts about the fp16 MAC that the array needs (docs/array.md, "PE port list").
package fp16_mac_pkg;
  localparam int unsigned WSlot = 16;         // bits of a weight slot
  localparam int unsigned MaxLanes = 1;
  localparam int unsigned DequantCycles = 0;  // D_q
  localparam int unsigned Tail = 2;           // TAIL
  // Row bus: {valid}, then the weight.
  localparam int unsigned RowBase = 1;
  localparam int unsigned RowLane = 16;
  // Accumulator: fp32.
  localparam int unsigned AccW = 32;
  localparam bit UsesChannelScale = 1'b0;

  // T - 1.
  function automatic logic [2:0] last_term(input logic [7:0] format);
    last_term = (format == 8'd0) ? 3'd0 : 3'd0;
  endfunction

  // Final results are multiplied by 2^-unit_shift.
  function automatic logic unit_shift(input logic [7:0] format);
    unit_shift = (format == 8'd0) ? 1'b0 : 1'b0;
  endfunction
endpackage
