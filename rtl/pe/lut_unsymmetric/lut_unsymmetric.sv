// SPDX-License-Identifier: Apache-2.0
// The LUT tensor core PE with tables that hold both signs: sixteen entries, selected by all four bits of a plane,
// none negated by it. What follows the lookup is the PE for eight entries, whose index and sign are constant here
// and go when the two are flattened. No design uses it; `vernier ppa` measures what symmetry saves.
module lut_unsymmetric #(
  parameter int unsigned LANES = 4,
  localparam int unsigned RowW = lut_pkg::RowBase + LANES * lut_pkg::RowLane,
  localparam int unsigned ColW = LANES * (lut_pkg::ColLane + 32),  // eight entries more
  localparam int unsigned AccW = lut_pkg::AccW
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            clear_i,
  input  logic [RowW-1:0] row_i,
  input  logic [ColW-1:0] col_i,
  input  logic            shift_i,
  input  logic [AccW-1:0] acc_i,
  output logic [AccW-1:0] acc_o
);
  logic [3:0]  index;
  logic [15:0] entry;
  assign index = row_i[lut_pkg::RowBase +: 4];
  assign entry = col_i[32'(index)*16 +: 16];

  lut #(.LANES(LANES)) u_lut (
    .clk_i, .rst_ni,
    .clear_i,
    .row_i({4'd0, row_i[lut_pkg::RowBase-1:0]}),
    .col_i({3'd0, col_i[2*lut_pkg::TableExp +: 5], 112'd0, entry}),
    .shift_i,
    .acc_i,
    .acc_o
  );

  // The three highest bits of the column bus are free.
  logic unused;
  assign unused = ^col_i[ColW-1:2*lut_pkg::TableExp+5];
endmodule
