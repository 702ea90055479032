// SPDX-License-Identifier: Apache-2.0
// The functions of a PE package (docs/array.md, "PE port list") that a PE type has no need to write, because there is
// nothing special about it. Included at the end of the package, which defines OWN_<FUNCTION> for each that it has itself.
`ifdef OWN_LAST_TERM
`undef OWN_LAST_TERM
`else
  // T - 1: every step has one term.
  function automatic logic [2:0] last_term(input logic [7:0] format);
    logic unused;
    unused = ^format;
    last_term = 3'd0;
  endfunction
`endif

`ifdef OWN_UNIT_SHIFT
`undef OWN_UNIT_SHIFT
`else
  // Final results are multiplied by 2^-unit_shift.
  function automatic logic unit_shift(input logic [7:0] format);
    logic unused;
    unused = ^format;
    unit_shift = 1'b0;
  endfunction
`endif

`ifdef OWN_ZERO_POINT
`undef OWN_ZERO_POINT
`else
  // The zero point in a group's tag: there are none.
  function automatic logic signed [9:0] zero_point(input logic [7:0] format, input logic [7:0] tag);
    logic unused;
    unused = ^{format, tag};
    zero_point = 10'sd0;
  endfunction
`endif

`ifdef OWN_ONE_SLOT
`undef OWN_ONE_SLOT
`else
  // The weight 1 in a lane, for the sum row.
  function automatic logic [WSlot-1:0] one_slot(input logic [7:0] format, input logic [7:0] lane);
    logic unused;
    unused = ^{format, lane};
    one_slot = WSlot'(1);
  endfunction
`endif

`ifdef OWN_EDGE_SCALE
`undef OWN_EDGE_SCALE
`else
  // The fp16 scale that the group dequantizer applies: the group's.
  function automatic logic [15:0] edge_scale(input logic [7:0] format, input logic [15:0] scale);
    logic unused;
    unused = ^format;
    edge_scale = scale;
  endfunction
`endif
