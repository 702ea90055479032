// SPDX-License-Identifier: Apache-2.0
// LUT tensor core processing element: per plane of four weights one entry of the column's table, negated if
// the plane says so, added bit-serially (stage 1); the step's sum goes into the group sum (stage 2), whose
// exponent is the largest of the group so far. No multiplier. Roundings: docs/pe/lut.md.
module lut #(
  parameter int unsigned LANES = 4,
  localparam int unsigned RowW = lut_pkg::RowBase + LANES * lut_pkg::RowLane,
  localparam int unsigned ColW = LANES * lut_pkg::ColLane,
  localparam int unsigned AccW = lut_pkg::AccW
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
  localparam int unsigned StepW = 24;  // 15-bit magnitude times at most 255, signed

  logic       step_last, step_first, last, valid, negative;
  logic [2:0] index;
  assign {negative, index, step_last, step_first, last, valid} = row_i;

  // Cycle u: look up, align to the exponent of the group, add to twice the planes above.
  logic [4:0]              table_exp, exp_q, exp_new;
  logic [15:0]             entry;
  logic [15:0]             shifted;   // and the last bit shifted out
  logic signed [StepW-1:0] aligned, step_sum, step_q;
  assign table_exp = col_i[lut_pkg::TableExp +: 5];
  assign exp_new   = (table_exp > exp_q) ? table_exp : exp_q;
  assign entry     = col_i[32'(index)*16 +: 16];
  assign shifted   = {entry[14:0], 1'b0} >> (exp_new - table_exp);
  assign aligned   = $signed({9'd0, shifted[15:1] + {14'd0, shifted[0]}});  // half up
  assign step_sum  = (step_first ? 24'sd0 : step_q <<< 1) +
                     ((negative ^ entry[15]) ? -aligned : aligned);

  // Control of stage 2: reset; data below is written before it is used.
  logic sum_valid_q, sum_add_q, sum_last_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_valid_q <= 1'b0;
      sum_add_q   <= 1'b0;
      sum_last_q  <= 1'b0;
    end else begin
      sum_valid_q <= valid;
      sum_add_q   <= valid && step_last;
      sum_last_q  <= valid && last;
    end
  end

  // Cycle u+1: only the first term of a step can move the exponent, only its last one adds.
  logic [4:0]         sum_shift_q, sum_exp_q;
  logic signed [31:0] group_q, group_new;
  logic [AccW-1:0]    chain_q;
  assign group_new = (group_q >>> sum_shift_q) +
                     (sum_add_q ? $signed({{(32 - StepW){step_q[StepW-1]}}, step_q}) : 32'sd0);

  always_ff @(posedge clk_i) begin
    if (valid) begin
      step_q      <= step_sum;
      sum_shift_q <= exp_new - exp_q;
      sum_exp_q   <= exp_new;
    end
    if (clear_i)    exp_q <= 5'd0;
    else if (valid) exp_q <= last ? 5'd0 : exp_new;
    if (clear_i)          group_q <= 32'sd0;
    else if (sum_valid_q) group_q <= sum_last_q ? 32'sd0 : group_new;
    if (sum_last_q)   chain_q <= {sum_exp_q, group_new};
    else if (shift_i) chain_q <= acc_i;
  end
  assign acc_o = chain_q;

  // The three highest bits of the column bus are free.
  logic unused;
  assign unused = ^col_i[ColW-1:lut_pkg::TableExp+5];

`ifndef SYNTHESIS
  initial assert (LANES == 4) else $fatal(1, "lut: four lanes");
`endif
endmodule
