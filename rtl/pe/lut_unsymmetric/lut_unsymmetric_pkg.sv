// SPDX-License-Identifier: Apache-2.0
// Facts about the LUT PE with tables that hold both signs, which `vernier ppa` measures and no design uses: those
// of the PE for eight entries but for the column bus.
package lut_unsymmetric_pkg;
  localparam int unsigned WSlot = lut_pkg::WSlot;
  localparam int unsigned ActSlot = lut_pkg::ActSlot;
  localparam int unsigned MaxLanes = lut_pkg::MaxLanes;
  localparam bit EdgeDequant = lut_pkg::EdgeDequant;
  localparam bit HasZeroPoint = lut_pkg::HasZeroPoint;
  localparam int unsigned DequantCycles = lut_pkg::DequantCycles;
  localparam int unsigned Tail = lut_pkg::Tail;
  localparam int unsigned RowBase = lut_pkg::RowBase;
  localparam int unsigned RowLane = lut_pkg::RowLane;
  // Column bus: sixteen aligned entries and their exponent. Entry 8 + i is entry i with the other sign.
  localparam int unsigned ColLane = lut_pkg::ColLane + 32;
  localparam int unsigned AccW = lut_pkg::AccW;
  localparam bit UsesChannelScale = lut_pkg::UsesChannelScale;

  `define OWN_LAST_TERM
  function automatic logic [2:0] last_term(input logic [7:0] format);
    last_term = lut_pkg::last_term(format);
  endfunction

  `define OWN_UNIT_SHIFT
  function automatic logic unit_shift(input logic [7:0] format);
    unit_shift = lut_pkg::unit_shift(format);
  endfunction

  `define OWN_ZERO_POINT
  function automatic logic signed [9:0] zero_point(input logic [7:0] format, input logic [7:0] tag);
    zero_point = lut_pkg::zero_point(format, tag);
  endfunction

  `define OWN_ONE_SLOT
  function automatic logic [WSlot-1:0] one_slot(input logic [7:0] format, input logic [7:0] lane);
    one_slot = lut_pkg::one_slot(format, lane);
  endfunction

  `include "pe_defaults.svh"
endpackage
