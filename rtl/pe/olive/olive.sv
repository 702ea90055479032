// SPDX-License-Identifier: Apache-2.0
// OliVe processing element: int8 activations times decoded weights, int32 group sum. The row bus: olive_pkg.
module olive #(
  parameter int unsigned LANES = 2,
  localparam int unsigned RowW = olive_pkg::RowBase + LANES * olive_pkg::RowLane,
  localparam int unsigned ColW = LANES * olive_pkg::ColLane,
  localparam int unsigned AccW = olive_pkg::AccW
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            clear_i,  // start of a pass, pipeline empty
  input  logic [RowW-1:0] row_i,
  input  logic [ColW-1:0] col_i,
  input  logic            shift_i,  // the chain takes the neighbour's group sum
  input  logic [AccW-1:0] acc_i,
  output logic [AccW-1:0] acc_o
);
  shift_mac #(.LANES(LANES)) u_mac (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(row_i[0]),
    .last_i(row_i[1]),
    .acts_i(col_i),
    .weights_i(row_i[RowW-1:olive_pkg::RowBase]),
    .shift_i, .acc_i, .acc_o
  );
endmodule
