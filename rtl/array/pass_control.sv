// SPDX-License-Identifier: Apache-2.0
// Sequencer of a PE array: takes steps, issues their terms, waits for the pipeline, lets the columns out.
// Cycle by cycle: docs/timing.md, section GEMM.
module pass_control #(
  parameter bit Systolic = 1'b0,
  parameter bit EdgeDequant = 1'b0,
  parameter int unsigned DequantCycles = 0,  // D_q, unless EdgeDequant
  parameter int unsigned Tail = 2            // TAIL, or P if EdgeDequant
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // A pass
  input  logic        start_i,
  input  logic [12:0] rows_i,
  input  logic [12:0] cols_i,
  input  logic [7:0]  format_i,
  input  logic        final_i,
  input  logic        accumulate_i,
  output logic        clear_o,        // a pass starts
  output logic        busy_o,
  output logic [12:0] rows_o,         // of the pass
  output logic [12:0] cols_o,
  output logic [7:0]  format_o,
  output logic        final_o,
  output logic        accumulate_o,
  // Steps
  input  logic        step_valid_i,
  output logic        step_ready_o,
  input  logic        step_group_last_i,
  input  logic        step_pass_last_i,
  input  logic [2:0]  last_term_i,    // T - 1 of format_o
  output logic        accept_o,       // the step register takes a step
  output logic        issue_o,        // a term is issued
  output logic [2:0]  term_o,
  output logic        group_last_o,   // the term is the last one of its group
  output logic        first_group_o,  // the group is the first one of the pass
  // Columns
  output logic        advance_o,      // the output pipeline moves
  output logic        shift_o,        // column drain_col_o enters it
  output logic [12:0] drain_col_o,
  output logic        partial_req_o,
  output logic [12:0] partial_col_o,
  output logic        out_valid_o,
  input  logic        out_ready_i,
  output logic [12:0] out_col_o
);
  // Pass parameters
  logic        busy_q, final_q, accumulate_q;
  logic [12:0] rows_q, cols_q;
  logic [13:0] skew_q;
  logic [7:0]  format_q;
  assign clear_o      = start_i && !busy_q;
  assign busy_o       = busy_q;
  assign rows_o       = rows_q;
  assign cols_o       = cols_q;
  assign format_o     = format_q;
  assign final_o      = final_q;
  assign accumulate_o = accumulate_q;

  // The step register and its term counter
  logic        open_q;     // steps are accepted
  logic        step_q;     // the step register holds a step
  logic [2:0]  term_q;
  logic [12:0] dequant_q;  // cycles until the dequantizers can take the next group
  logic        group_last_q, pass_last_q, first_group_q;
  logic        last_term, blocked, done;
  assign last_term     = (term_q == last_term_i);
  assign blocked       = last_term && group_last_q && (dequant_q != 13'd0);
  assign issue_o       = step_q && !blocked;
  assign done          = issue_o && last_term;
  assign step_ready_o  = open_q && (!step_q || done);
  assign accept_o      = step_ready_o && step_valid_i;
  assign term_o        = term_q;
  assign group_last_o  = last_term && group_last_q;
  assign first_group_o = first_group_q;

  // Dequantizers at the edge take one column after the other.
  logic [12:0] dequant_wait;  // D_q - 1
  logic [14:0] edge_tail;     // what they add to TAIL
  if (EdgeDequant) begin : gen_edge
    assign dequant_wait = Systolic ? (cols_q - 13'd1) << 1 : cols_q - 13'd1;
    assign edge_tail    = 15'd4 + {2'd0, cols_q - 13'd1};
  end else begin : gen_inside
    assign dequant_wait = 13'(DequantCycles == 0 ? 0 : DequantCycles - 1);
    assign edge_tail    = 15'd0;
  end

  // Drain
  logic        wait_q, drain_q, out_stage_q, out_valid_q;
  logic [14:0] wait_left_q;
  logic [12:0] drain_col_q, stage_col_q, out_col_q;
  assign advance_o     = !out_valid_q || out_ready_i;
  assign shift_o       = drain_q && advance_o;
  assign drain_col_o   = drain_col_q;
  assign partial_req_o = out_stage_q && accumulate_q;
  assign partial_col_o = stage_col_q;
  assign out_valid_o   = out_valid_q;
  assign out_col_o     = out_col_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q        <= 1'b0;
      final_q       <= 1'b0;
      accumulate_q  <= 1'b0;
      rows_q        <= 13'd0;
      cols_q        <= 13'd0;
      skew_q        <= 14'd0;
      format_q      <= 8'd0;
      open_q        <= 1'b0;
      step_q        <= 1'b0;
      term_q        <= 3'd0;
      dequant_q     <= 13'd0;
      group_last_q  <= 1'b0;
      pass_last_q   <= 1'b0;
      first_group_q <= 1'b0;
      wait_q        <= 1'b0;
      wait_left_q   <= 15'd0;
      drain_q       <= 1'b0;
      drain_col_q   <= 13'd0;
      out_stage_q   <= 1'b0;
      stage_col_q   <= 13'd0;
      out_valid_q   <= 1'b0;
      out_col_q     <= 13'd0;
    end else begin
      if (clear_o) begin
        busy_q       <= 1'b1;
        final_q      <= final_i;
        accumulate_q <= accumulate_i;
        rows_q       <= rows_i;
        cols_q       <= cols_i;
        skew_q       <= Systolic ? {1'b0, rows_i} + {1'b0, cols_i} - 14'd2 : 14'd0;
        format_q     <= format_i;
        drain_col_q  <= 13'd0;
      end

      // Steps
      if (clear_o)                           open_q <= 1'b1;
      else if (accept_o && step_pass_last_i) open_q <= 1'b0;
      if (accept_o) begin
        step_q       <= 1'b1;
        group_last_q <= step_group_last_i || step_pass_last_i;
        pass_last_q  <= step_pass_last_i;
      end else if (done) begin
        step_q <= 1'b0;
      end
      if (issue_o) term_q <= last_term ? 3'd0 : term_q + 3'd1;
      if (clear_o)                   first_group_q <= 1'b1;
      else if (done && group_last_q) first_group_q <= 1'b0;
      if (done && group_last_q)    dequant_q <= dequant_wait;
      else if (dequant_q != 13'd0) dequant_q <= dequant_q - 13'd1;

      // From the last term (cycle u) to the first column in stage 1 (cycle v = u + skew + TAIL)
      if (done && pass_last_q) begin
        wait_q      <= 1'b1;
        wait_left_q <= {1'b0, skew_q} + 15'(Tail - 2) + edge_tail;
      end else if (wait_q) begin
        wait_left_q <= wait_left_q - 15'd1;
        if (wait_left_q == 15'd0) begin
          wait_q  <= 1'b0;
          drain_q <= 1'b1;
        end
      end

      // Output pipeline
      if (shift_o) begin
        drain_col_q <= drain_col_q + 13'd1;
        if (drain_col_q == cols_q - 13'd1) drain_q <= 1'b0;
      end
      if (advance_o) begin
        out_stage_q <= drain_q;
        stage_col_q <= drain_col_q;
        out_valid_q <= out_stage_q;
        out_col_q   <= stage_col_q;
      end
      if (out_valid_q && out_ready_i && out_col_q == cols_q - 13'd1) busy_q <= 1'b0;
    end
  end
endmodule
