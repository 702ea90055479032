// SPDX-License-Identifier: Apache-2.0
// DEPTH registers in a row that move only when advance_i is high; DEPTH 0 is a wire.
module stall_line #(
  parameter int unsigned WIDTH = 1,
  parameter int unsigned DEPTH = 1
) (
  input  logic             clk_i,
  input  logic             advance_i,
  input  logic [WIDTH-1:0] data_i,
  output logic [WIDTH-1:0] data_o
);
  if (DEPTH == 0) begin : gen_wire
    assign data_o = data_i;
    logic unused;
    assign unused = clk_i ^ advance_i;
  end else begin : gen_line
    logic [(DEPTH+1)*WIDTH-1:0] line;
    logic [DEPTH*WIDTH-1:0]     line_q;
    assign line = {line_q, data_i};
    always_ff @(posedge clk_i) begin
      if (advance_i) line_q <= line[DEPTH*WIDTH-1:0];
    end
    assign data_o = line[DEPTH*WIDTH +: WIDTH];
  end
endmodule
