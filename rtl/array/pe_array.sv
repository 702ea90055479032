// SPDX-License-Identifier: Apache-2.0
// Output-stationary array of ROWS x COLS processing elements of the type named by the macro VERNIER_PE.
// Ports, numerics and pipeline: docs/array.md. Cycle by cycle: docs/timing.md, section GEMM.
`define VERNIER_JOIN(a, b) a``b
`define VERNIER_PE_PKG `VERNIER_JOIN(`VERNIER_PE, _pkg)
`define VERNIER_PE_DECODER `VERNIER_JOIN(`VERNIER_PE, _decoder)
`define VERNIER_PE_COLUMN `VERNIER_JOIN(`VERNIER_PE, _column)
`define VERNIER_PE_OUTPUT `VERNIER_JOIN(`VERNIER_PE, _output)

module pe_array #(
  parameter int unsigned ROWS = 2,
  parameter int unsigned COLS = 2,
  parameter int unsigned LANES = 1,
  parameter int unsigned SYSTOLIC = 0,
  localparam int unsigned WSlot = `VERNIER_PE_PKG::WSlot,
  localparam int unsigned ActSlot = `VERNIER_PE_PKG::ActSlot
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  // A pass
  input  logic                          start_i,
  input  logic [12:0]                   rows_i,
  input  logic [12:0]                   cols_i,
  input  logic [7:0]                    format_i,
  input  logic                          final_i,
  input  logic                          accumulate_i,
  // Steps
  input  logic                          step_valid_i,
  output logic                          step_ready_o,
  input  logic [ROWS*LANES*WSlot-1:0]   step_weights_i,
  input  logic [COLS*LANES*ActSlot-1:0] step_acts_i,
  input  logic                          step_group_last_i,
  input  logic                          step_pass_last_i,
  input  logic [ROWS*16-1:0]            step_scales_i,
  input  logic [ROWS*8-1:0]             step_tags_i,
  // Results
  input  logic [ROWS*16-1:0]            channel_scales_i,
  output logic                          partial_req_o,
  output logic [12:0]                   partial_col_o,
  input  logic [ROWS*32-1:0]            partial_i,
  output logic                          out_valid_o,
  input  logic                          out_ready_i,
  output logic [12:0]                   out_col_o,
  output logic [ROWS*32-1:0]            out_data_o,
  output logic                          busy_o
);
  localparam int unsigned RowW = `VERNIER_PE_PKG::RowBase + LANES * `VERNIER_PE_PKG::RowLane;
  localparam int unsigned ColW = LANES * `VERNIER_PE_PKG::ColLane;
  localparam int unsigned AccW = `VERNIER_PE_PKG::AccW;
  localparam int unsigned Tail = `VERNIER_PE_PKG::Tail;
  localparam bit EdgeDequant = `VERNIER_PE_PKG::EdgeDequant;
  localparam bit HasZeroPoint = `VERNIER_PE_PKG::HasZeroPoint;

  logic        clear, is_final, accumulate, accept, issue, group_last, first_group, advance, shift;
  logic [12:0] rows, cols, drain_col;
  logic [7:0]  format;
  logic [2:0]  term;
  pass_control #(
    .Systolic(SYSTOLIC != 0),
    .EdgeDequant(EdgeDequant),
    .DequantCycles(`VERNIER_PE_PKG::DequantCycles),
    .Tail(Tail)
  ) u_control (
    .clk_i, .rst_ni,
    .start_i, .rows_i, .cols_i, .format_i, .final_i, .accumulate_i,
    .clear_o(clear), .busy_o,
    .rows_o(rows), .cols_o(cols), .format_o(format), .final_o(is_final), .accumulate_o(accumulate),
    .step_valid_i, .step_ready_o, .step_group_last_i, .step_pass_last_i,
    .last_term_i(`VERNIER_PE_PKG::last_term(format)),
    .accept_o(accept), .issue_o(issue), .term_o(term),
    .group_last_o(group_last), .first_group_o(first_group),
    .advance_o(advance), .shift_o(shift), .drain_col_o(drain_col),
    .partial_req_o, .partial_col_o, .out_valid_o, .out_ready_i, .out_col_o
  );

  // Step data: read only while a step is held.
  logic [ROWS*LANES*WSlot-1:0]   weights_q;
  logic [COLS*LANES*ActSlot-1:0] acts_q;
  logic [ROWS*16-1:0]            scales_q;
  logic [ROWS*8-1:0]             tags_q;
  always_ff @(posedge clk_i) begin
    if (accept) begin
      weights_q <= step_weights_i;
      acts_q    <= step_acts_i;
      scales_q  <= step_scales_i;
      tags_q    <= step_tags_i;
    end
  end

  // Operand delivery: PE (r, c) sees what the edge issues r + c cycles later (systolic) or at once. Inactive
  // rows are issued nothing and terms hop no further than the active columns, so that nothing is in flight
  // when the next pass starts. With zero points there is one more row, the sum row: beside row 0, weights 1.
  localparam int unsigned PeRows = HasZeroPoint ? ROWS + 1 : ROWS;
  logic [PeRows*COLS*RowW-1:0]     row_bus /* verilator split_var */;
  logic [PeRows*COLS*ColW-1:0]     col_bus /* verilator split_var */;
  // Accumulators or group sums on their way to column 0; column COLS feeds zeros.
  logic [PeRows*(COLS+1)*AccW-1:0] acc_bus /* verilator split_var */;
  logic [PeRows*32-1:0]            fp32;  // what a row has at column 0

  for (genvar c = 0; c < COLS; c++) begin : gen_col_edge
    logic [ColW-1:0] col_edge;
    `VERNIER_PE_COLUMN #(.LANES(LANES)) u_column (
      .format_i(format),
      .acts_i(acts_q[c*LANES*ActSlot +: LANES*ActSlot]),
      .col_o(col_edge)
    );
    delay_line #(.WIDTH(ColW), .DEPTH(SYSTOLIC != 0 ? c : 0)) u_skew (
      .clk_i, .rst_ni,
      .data_i(col_edge),
      .data_o(col_bus[c*ColW +: ColW])
    );
    if (HasZeroPoint) begin : gen_sum_row
      assign col_bus[(ROWS*COLS+c)*ColW +: ColW] = col_bus[c*ColW +: ColW];
    end
  end

  for (genvar r = 0; r < PeRows; r++) begin : gen_row
    logic                   active;
    logic [LANES*WSlot-1:0] weights;
    logic [15:0]            scale;
    logic [7:0]             tag;
    logic [RowW-1:0]        row_edge;
    if (r < ROWS) begin : gen_operands
      assign active  = (rows > 13'(r));
      assign weights = weights_q[r*LANES*WSlot +: LANES*WSlot];
      assign scale   = scales_q[r*16 +: 16];
      assign tag     = tags_q[r*8 +: 8];
    end else begin : gen_ones
      assign active = 1'b1;
      assign scale  = 16'd0;
      assign tag    = 8'd0;
      for (genvar l = 0; l < LANES; l++) begin : gen_lane
        assign weights[l*WSlot +: WSlot] = `VERNIER_PE_PKG::one_slot(format, 8'(l));
      end
    end

    `VERNIER_PE_DECODER #(.LANES(LANES)) u_decoder (
      .clk_i, .rst_ni,
      .format_i(format),
      .issue_i(issue && active),
      .term_i(term),
      .last_i(group_last),
      .weights_i(weights),
      .scale_i(scale),
      .tag_i(tag),
      .row_o(row_edge)
    );
    delay_line #(.WIDTH(RowW), .DEPTH(SYSTOLIC != 0 ? r % ROWS : 0)) u_skew (
      .clk_i, .rst_ni,
      .data_i(row_edge),
      .data_o(row_bus[r*COLS*RowW +: RowW])
    );

    for (genvar c = 0; c < COLS; c++) begin : gen_col
      if (c > 0) begin : gen_row_hop
        delay_line #(.WIDTH(RowW), .DEPTH(SYSTOLIC != 0 ? 1 : 0)) u_hop (
          .clk_i, .rst_ni,
          .data_i((SYSTOLIC != 0 && cols <= 13'(c)) ? {RowW{1'b0}}
                                                    : row_bus[(r*COLS+c-1)*RowW +: RowW]),
          .data_o(row_bus[(r*COLS+c)*RowW +: RowW])
        );
      end
      if (r > 0 && r < ROWS) begin : gen_col_hop
        delay_line #(.WIDTH(ColW), .DEPTH(SYSTOLIC != 0 ? 1 : 0)) u_hop (
          .clk_i, .rst_ni,
          .data_i(col_bus[((r-1)*COLS+c)*ColW +: ColW]),
          .data_o(col_bus[(r*COLS+c)*ColW +: ColW])
        );
      end
      `VERNIER_PE #(.LANES(LANES)) u_pe (
        .clk_i, .rst_ni,
        .clear_i(clear),
        .row_i(row_bus[(r*COLS+c)*RowW +: RowW]),
        .col_i(col_bus[(r*COLS+c)*ColW +: ColW]),
        .shift_i(EdgeDequant || shift),
        .acc_i(acc_bus[(r*(COLS+1)+c+1)*AccW +: AccW]),
        .acc_o(acc_bus[(r*(COLS+1)+c)*AccW +: AccW])
      );
    end
    assign acc_bus[(r*(COLS+1)+COLS)*AccW +: AccW] = {AccW{1'b0}};

    `VERNIER_PE_OUTPUT u_to_fp32 (
      .acc_i(acc_bus[r*(COLS+1)*AccW +: AccW]),
      .fp32_o(fp32[r*32 +: 32])
    );
  end

  // The column that leaves next, by row
  logic [ROWS*32-1:0] results;
  if (EdgeDequant) begin : gen_dequantizers
    // The sum row's results run down along the dequantizers.
    logic [ROWS*32-1:0] act_sums /* verilator split_var */;
    for (genvar r = 0; r < ROWS; r++) begin : gen_row
      // A group's parameters meet its sum of column 0.
      logic              start, first;
      logic [15:0]       scale;
      logic signed [9:0] zero_point;
      delay_line #(.WIDTH(28), .DEPTH(Tail + (SYSTOLIC != 0 ? r : 0))) u_meet (
        .clk_i, .rst_ni,
        .data_i({issue && group_last && rows > 13'(r), first_group,
                 `VERNIER_PE_PKG::edge_scale(format, scales_q[r*16 +: 16]),
                 `VERNIER_PE_PKG::zero_point(format, tags_q[r*8 +: 8])}),
        .data_o({start, first, scale, zero_point})
      );
      if (!HasZeroPoint) begin : gen_none
        assign act_sums[r*32 +: 32] = 32'd0;
      end else if (r == 0) begin : gen_first
        assign act_sums[31:0] = fp32[ROWS*32 +: 32];
      end else begin : gen_hop
        delay_line #(.WIDTH(32), .DEPTH(SYSTOLIC != 0 ? 1 : 0)) u_hop (
          .clk_i, .rst_ni,
          .data_i(act_sums[(r-1)*32 +: 32]),
          .data_o(act_sums[r*32 +: 32])
        );
      end
      group_dequantizer #(
        .COLS(COLS),
        .Hop(SYSTOLIC != 0 ? 2 : 1),
        .HasZeroPoint(HasZeroPoint)
      ) u_dequantizer (
        .clk_i, .rst_ni,
        .cols_i(cols),
        .start_i(start),
        .first_i(first),
        .scale_i(scale),
        .zero_point_i(zero_point),
        .group_sum_i(fp32[r*32 +: 32]),
        .act_sum_i(act_sums[r*32 +: 32]),
        .read_col_i(drain_col),
        .out_o(results[r*32 +: 32])
      );
    end
  end else begin : gen_accumulators
    assign results = fp32;
    logic unused;
    assign unused = ^{cols, first_group, drain_col};
  end

  for (genvar r = 0; r < ROWS; r++) begin : gen_output
    output_unit #(.UsesChannelScale(`VERNIER_PE_PKG::UsesChannelScale)) u_output (
      .clk_i,
      .advance_i(advance),
      .fp32_i(results[r*32 +: 32]),
      .final_i(is_final),
      .accumulate_i(accumulate),
      .half_i(`VERNIER_PE_PKG::unit_shift(format)),
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
