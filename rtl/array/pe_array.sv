// SPDX-License-Identifier: Apache-2.0
// Output-stationary array of ROWS x COLS processing elements of the type named by the macro VERNIER_PE.
// Ports, numerics and pipeline: docs/array.md. Cycle by cycle: docs/timing.md, section GEMM.
`define VERNIER_JOIN(a, b) a``b
`define VERNIER_PE_PKG `VERNIER_JOIN(`VERNIER_PE, _pkg)
`define VERNIER_PE_DECODER `VERNIER_JOIN(`VERNIER_PE, _decoder)
`define VERNIER_PE_OUTPUT `VERNIER_JOIN(`VERNIER_PE, _output)

module pe_array #(
  parameter int unsigned ROWS = 2,
  parameter int unsigned COLS = 2,
  parameter int unsigned LANES = 1,
  parameter int unsigned SYSTOLIC = 0,
  localparam int unsigned WSlot = `VERNIER_PE_PKG::WSlot
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // A pass
  input  logic                        start_i,
  input  logic [12:0]                 rows_i,
  input  logic [12:0]                 cols_i,
  input  logic [7:0]                  format_i,
  input  logic                        final_i,
  input  logic                        accumulate_i,
  // Steps
  input  logic                        step_valid_i,
  output logic                        step_ready_o,
  input  logic [ROWS*LANES*WSlot-1:0] step_weights_i,
  input  logic [COLS*LANES*16-1:0]    step_acts_i,
  input  logic                        step_group_last_i,
  input  logic                        step_pass_last_i,
  input  logic [ROWS*8-1:0]           step_scales_i,
  input  logic [ROWS*2-1:0]           step_selectors_i,
  // Results
  input  logic [ROWS*16-1:0]          channel_scales_i,
  output logic                        partial_req_o,
  output logic [12:0]                 partial_col_o,
  input  logic [ROWS*32-1:0]          partial_i,
  output logic                        out_valid_o,
  input  logic                        out_ready_i,
  output logic [12:0]                 out_col_o,
  output logic [ROWS*32-1:0]          out_data_o,
  output logic                        busy_o
);
  localparam int unsigned RowW = `VERNIER_PE_PKG::RowBase + LANES * `VERNIER_PE_PKG::RowLane;
  localparam int unsigned ActW = LANES * 16;
  localparam int unsigned AccW = `VERNIER_PE_PKG::AccW;
  localparam int unsigned DequantCycles = `VERNIER_PE_PKG::DequantCycles;

  // Pass parameters
  logic        clear;
  logic        busy_q, final_q, accumulate_q;
  logic [12:0] rows_q, cols_q;
  logic [13:0] skew_q;
  logic [7:0]  format_q;
  assign clear = start_i && !busy_q;

  // Step register and term counter
  logic       open_q;      // steps are accepted
  logic       step_q;      // the step register holds a step
  logic [2:0] term_q;
  logic [4:0] dequant_q;   // cycles until the dequantizers can take the next group
  logic       group_last_q, pass_last_q;
  logic       last_term, blocked, issue, done, accept;
  logic [ROWS*LANES*WSlot-1:0] weights_q;
  logic [COLS*LANES*16-1:0]    acts_q;
  logic [ROWS*8-1:0]           scales_q;
  logic [ROWS*2-1:0]           selectors_q;

  assign last_term    = (term_q == `VERNIER_PE_PKG::last_term(format_q));
  assign blocked      = last_term && group_last_q && (dequant_q != 5'd0);
  assign issue        = step_q && !blocked;
  assign done         = issue && last_term;
  assign step_ready_o = open_q && (!step_q || done);
  assign accept       = step_ready_o && step_valid_i;

  // Drain
  logic        wait_q, drain_q, out_stage_q, out_valid_q;
  logic [14:0] wait_left_q;
  logic [12:0] drain_col_q, stage_col_q, out_col_q;
  logic        advance, shift;
  assign advance = !out_valid_q || out_ready_i;
  assign shift   = drain_q && advance;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q       <= 1'b0;
      final_q      <= 1'b0;
      accumulate_q <= 1'b0;
      rows_q       <= 13'd0;
      cols_q       <= 13'd0;
      skew_q       <= 14'd0;
      format_q     <= 8'd0;
      open_q       <= 1'b0;
      step_q       <= 1'b0;
      term_q       <= 3'd0;
      dequant_q    <= 5'd0;
      group_last_q <= 1'b0;
      pass_last_q  <= 1'b0;
      wait_q       <= 1'b0;
      wait_left_q  <= 15'd0;
      drain_q      <= 1'b0;
      drain_col_q  <= 13'd0;
      out_stage_q  <= 1'b0;
      stage_col_q  <= 13'd0;
      out_valid_q  <= 1'b0;
      out_col_q    <= 13'd0;
    end else begin
      if (clear) begin
        busy_q       <= 1'b1;
        final_q      <= final_i;
        accumulate_q <= accumulate_i;
        rows_q       <= rows_i;
        cols_q       <= cols_i;
        skew_q       <= SYSTOLIC != 0 ? {1'b0, rows_i} + {1'b0, cols_i} - 14'd2 : 14'd0;
        format_q     <= format_i;
        drain_col_q  <= 13'd0;
      end

      // Steps
      if (clear)                           open_q <= 1'b1;
      else if (accept && step_pass_last_i) open_q <= 1'b0;
      if (accept) begin
        step_q       <= 1'b1;
        group_last_q <= step_group_last_i || step_pass_last_i;
        pass_last_q  <= step_pass_last_i;
      end else if (done) begin
        step_q <= 1'b0;
      end
      if (issue) term_q <= last_term ? 3'd0 : term_q + 3'd1;
      if (done && group_last_q && DequantCycles != 0) dequant_q <= 5'(DequantCycles - 1);
      else if (dequant_q != 5'd0)                     dequant_q <= dequant_q - 5'd1;

      // From the last term (cycle u) to the first column in stage 1 (cycle v = u + skew + TAIL)
      if (done && pass_last_q) begin
        wait_q      <= 1'b1;
        wait_left_q <= {1'b0, skew_q} + 15'(`VERNIER_PE_PKG::Tail - 2);
      end else if (wait_q) begin
        wait_left_q <= wait_left_q - 15'd1;
        if (wait_left_q == 15'd0) begin
          wait_q  <= 1'b0;
          drain_q <= 1'b1;
        end
      end

      // Output pipeline
      if (shift) begin
        drain_col_q <= drain_col_q + 13'd1;
        if (drain_col_q == cols_q - 13'd1) drain_q <= 1'b0;
      end
      if (advance) begin
        out_stage_q <= drain_q;
        stage_col_q <= drain_col_q;
        out_valid_q <= out_stage_q;
        out_col_q   <= stage_col_q;
      end
      if (out_valid_q && out_ready_i && out_col_q == cols_q - 13'd1) busy_q <= 1'b0;
    end
  end

  // Step data: read only while step_q says so.
  always_ff @(posedge clk_i) begin
    if (accept) begin
      weights_q   <= step_weights_i;
      acts_q      <= step_acts_i;
      scales_q    <= step_scales_i;
      selectors_q <= step_selectors_i;
    end
  end

  assign busy_o        = busy_q;
  assign partial_req_o = out_stage_q && accumulate_q;
  assign partial_col_o = stage_col_q;
  assign out_valid_o   = out_valid_q;
  assign out_col_o     = out_col_q;

  // Operand delivery: PE (r, c) sees what the edge issues r + c cycles later (systolic) or at once. Inactive
  // rows are issued nothing and terms hop no further than the active columns, so that nothing is in flight
  // when the next pass starts.
  logic [ROWS*COLS*RowW-1:0]     row_bus /* verilator split_var */;
  logic [ROWS*COLS*ActW-1:0]     act_bus /* verilator split_var */;
  // Accumulators on their way to column 0; column COLS feeds zeros.
  logic [ROWS*(COLS+1)*AccW-1:0] acc_bus /* verilator split_var */;

  for (genvar c = 0; c < COLS; c++) begin : gen_act_edge
    delay_line #(.WIDTH(ActW), .DEPTH(SYSTOLIC != 0 ? c : 0)) u_skew (
      .clk_i, .rst_ni,
      .data_i(acts_q[c*ActW +: ActW]),
      .data_o(act_bus[c*ActW +: ActW])
    );
  end

  for (genvar r = 0; r < ROWS; r++) begin : gen_row
    logic            active;
    logic [RowW-1:0] row_edge;
    assign active = (rows_q > 13'(r));
    logic [31:0]     fp32;

    `VERNIER_PE_DECODER #(.LANES(LANES)) u_decoder (
      .clk_i, .rst_ni, .format_i(format_q), .issue_i(issue && active), .term_i(term_q),
      .last_i(last_term && group_last_q),
      .weights_i(weights_q[r*LANES*WSlot +: LANES*WSlot]),
      .scale_i(scales_q[r*8 +: 8]),
      .selector_i(selectors_q[r*2 +: 2]),
      .row_o(row_edge)
    );
    delay_line #(.WIDTH(RowW), .DEPTH(SYSTOLIC != 0 ? r : 0)) u_skew (
      .clk_i, .rst_ni,
      .data_i(row_edge),
      .data_o(row_bus[r*COLS*RowW +: RowW])
    );

    for (genvar c = 0; c < COLS; c++) begin : gen_col
      if (c > 0) begin : gen_row_hop
        delay_line #(.WIDTH(RowW), .DEPTH(SYSTOLIC != 0 ? 1 : 0)) u_hop (
          .clk_i, .rst_ni,
          .data_i((SYSTOLIC != 0 && cols_q <= 13'(c)) ? {RowW{1'b0}}
                                                      : row_bus[(r*COLS+c-1)*RowW +: RowW]),
          .data_o(row_bus[(r*COLS+c)*RowW +: RowW])
        );
      end
      if (r > 0) begin : gen_act_hop
        delay_line #(.WIDTH(ActW), .DEPTH(SYSTOLIC != 0 ? 1 : 0)) u_hop (
          .clk_i, .rst_ni,
          .data_i(act_bus[((r-1)*COLS+c)*ActW +: ActW]),
          .data_o(act_bus[(r*COLS+c)*ActW +: ActW])
        );
      end
      `VERNIER_PE #(.LANES(LANES)) u_pe (
        .clk_i, .rst_ni,
        .clear_i(clear),
        .row_i(row_bus[(r*COLS+c)*RowW +: RowW]),
        .acts_i(act_bus[(r*COLS+c)*ActW +: ActW]),
        .shift_i(shift),
        .acc_i(acc_bus[(r*(COLS+1)+c+1)*AccW +: AccW]),
        .acc_o(acc_bus[(r*(COLS+1)+c)*AccW +: AccW])
      );
    end
    assign acc_bus[(r*(COLS+1)+COLS)*AccW +: AccW] = {AccW{1'b0}};

    `VERNIER_PE_OUTPUT u_to_fp32 (
      .acc_i(acc_bus[r*(COLS+1)*AccW +: AccW]),
      .fp32_o(fp32)
    );
    output_unit #(.UsesChannelScale(`VERNIER_PE_PKG::UsesChannelScale)) u_output (
      .clk_i,
      .advance_i(advance),
      .fp32_i(fp32),
      .final_i(final_q),
      .accumulate_i(accumulate_q),
      .half_i(`VERNIER_PE_PKG::unit_shift(format_q)),
      .partial_i(partial_i[r*32 +: 32]),
      .channel_scale_i(channel_scales_i[r*16 +: 16]),
      .data_o(out_data_o[r*32 +: 32])
    );
  end

`ifndef SYNTHESIS
  initial begin
    assert (ROWS >= 1 && ROWS <= 4096 && COLS >= 1 && COLS <= 4096) else $fatal(1, "array size");
    assert (LANES >= 1 && LANES <= `VERNIER_PE_PKG::MaxLanes) else $fatal(1, "lanes");
  end
`endif
endmodule
