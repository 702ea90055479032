// SPDX-License-Identifier: Apache-2.0
// DEPTH registers in a row; DEPTH 0 is a wire.
module delay_line #(
  parameter int unsigned WIDTH = 1,
  parameter int unsigned DEPTH = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [WIDTH-1:0] data_i,
  output logic [WIDTH-1:0] data_o
);
  if (DEPTH == 0) begin : gen_wire
    assign data_o = data_i;
    logic unused;
    assign unused = ^{clk_i, rst_ni};
  end else if (DEPTH == 1) begin : gen_register
    logic [WIDTH-1:0] line_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) line_q <= '0;
      else         line_q <= data_i;
    end
    assign data_o = line_q;
  end else begin : gen_line
    logic [DEPTH*WIDTH-1:0] line_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) line_q <= '0;
      else         line_q <= {line_q[(DEPTH-1)*WIDTH-1:0], data_i};
    end
    assign data_o = line_q[(DEPTH-1)*WIDTH +: WIDTH];
  end
endmodule
