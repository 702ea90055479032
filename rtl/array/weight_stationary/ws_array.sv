// SPDX-License-Identifier: Apache-2.0
// Weight-stationary array of ROWS x COLS processing elements of the type named by the macro VERNIER_PE.
// Ports, numerics, pipeline and cycles: docs/weight-stationary.md.
`define VERNIER_JOIN(a, b) a``b
`define VERNIER_PE_PKG `VERNIER_JOIN(`VERNIER_PE, _pkg)
`define VERNIER_PE_WS `VERNIER_JOIN(`VERNIER_PE, _ws)
`define VERNIER_PE_OUTPUT `VERNIER_JOIN(`VERNIER_PE, _output)

module ws_array #(
  parameter int unsigned ROWS = 2,
  parameter int unsigned COLS = 2,
  localparam int unsigned WSlot = `VERNIER_PE_PKG::WSlot,
  localparam int unsigned ActSlot = `VERNIER_PE_PKG::ActSlot
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
  // Weights, the row of the largest k first
  input  logic                        weight_valid_i,
  output logic                        weight_ready_o,
  input  logic [COLS*WSlot-1:0]       weights_i,
  // Activations, token by token
  input  logic                        act_valid_i,
  output logic                        act_ready_o,
  input  logic [ROWS*ActSlot-1:0]     acts_i,
  input  logic                        act_last_i,
  // Results
  input  logic [COLS*16-1:0]          channel_scales_i,
  output logic                        partial_req_o,
  output logic [31:0]                 partial_token_o,
  input  logic [COLS*32-1:0]          partial_i,
  output logic                        out_valid_o,
  input  logic                        out_ready_i,
  output logic [31:0]                 out_token_o,
  output logic [COLS*32-1:0]          out_data_o,
  output logic                        busy_o
);
  localparam int unsigned AccW = `VERNIER_PE_PKG::AccW;
  // What only the output-stationary array asks of a PE.
  localparam int unsigned unused_facts = `VERNIER_PE_PKG::MaxLanes + `VERNIER_PE_PKG::DequantCycles +
      `VERNIER_PE_PKG::Tail + `VERNIER_PE_PKG::RowBase + `VERNIER_PE_PKG::RowLane + `VERNIER_PE_PKG::ColLane +
      32'(`VERNIER_PE_PKG::EdgeDequant) + 32'(`VERNIER_PE_PKG::HasZeroPoint);
  // From acceptance to the sums of all columns, aligned behind the last row: edge register, product
  // register, ROWS sums, COLS - 1 hops.
  localparam int unsigned Places = ROWS + COLS + 1;

  logic        clear, advance;
  logic        busy_q, final_q, accumulate_q, load_q, stream_q;
  logic [12:0] rows_q, rows_left_q;
  logic [7:0]  format_q;
  logic        weight_accept, act_accept;
  assign clear          = start_i && !busy_q;
  assign weight_ready_o = load_q;
  assign act_ready_o    = stream_q && advance;
  assign weight_accept  = load_q && weight_valid_i;
  assign act_accept     = act_ready_o && act_valid_i;

  // Where tokens are: places in the array, stage 1, stage 2, and the register behind it (held).
  logic [Places-1:0] token_q, last_q;
  logic              stage1_q, stage1_last_q, stage2_q, stage2_last_q, held_q, held_last_q;
  logic [31:0]       stage1_token_q, stage2_token_q, held_token_q;
  logic              taken, out_last;
  assign advance     = !held_q;
  assign out_valid_o = held_q || stage2_q;
  assign out_last    = held_q ? held_last_q : stage2_last_q;
  assign taken       = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q         <= 1'b0;
      final_q        <= 1'b0;
      accumulate_q   <= 1'b0;
      load_q         <= 1'b0;
      stream_q       <= 1'b0;
      rows_q         <= 13'd0;
      rows_left_q    <= 13'd0;
      format_q       <= 8'd0;
      token_q        <= '0;
      last_q         <= '0;
      stage1_q       <= 1'b0;
      stage1_last_q  <= 1'b0;
      stage2_q       <= 1'b0;
      stage2_last_q  <= 1'b0;
      held_q         <= 1'b0;
      held_last_q    <= 1'b0;
      stage1_token_q <= 32'd0;
      stage2_token_q <= 32'd0;
      held_token_q   <= 32'd0;
    end else begin
      if (clear) begin
        busy_q         <= 1'b1;
        final_q        <= final_i;
        accumulate_q   <= accumulate_i;
        load_q         <= 1'b1;
        rows_q         <= rows_i;
        rows_left_q    <= rows_i - 13'd1;
        format_q       <= format_i;
        stage1_token_q <= 32'd0;
      end

      if (weight_accept) begin
        rows_left_q <= rows_left_q - 13'd1;
        if (rows_left_q == 13'd0) begin
          load_q   <= 1'b0;
          stream_q <= 1'b1;
        end
      end
      if (act_accept && act_last_i) stream_q <= 1'b0;

      if (advance) begin
        token_q        <= {token_q[Places-2:0], act_accept};
        last_q         <= {last_q[Places-2:0], act_accept && act_last_i};
        stage1_q       <= token_q[Places-1];
        stage1_last_q  <= last_q[Places-1];
        stage2_q       <= stage1_q;
        stage2_last_q  <= stage1_last_q;
        stage2_token_q <= stage1_token_q;
        if (stage1_q) stage1_token_q <= stage1_token_q + 32'd1;
        held_q         <= stage2_q && !out_ready_i;
        held_last_q    <= stage2_last_q;
        held_token_q   <= stage2_token_q;
      end else if (out_ready_i) begin
        held_q <= 1'b0;
      end
      if (taken && out_last) busy_q <= 1'b0;
    end
  end

  assign busy_o          = busy_q;
  assign partial_req_o   = stage1_q && accumulate_q;
  assign partial_token_o = stage1_token_q;
  assign out_token_o     = held_q ? held_token_q : stage2_token_q;

  logic [ROWS*ActSlot-1:0] acts_q;
  always_ff @(posedge clk_i) begin
    if (act_accept) acts_q <= acts_i;
  end

  logic [(ROWS+1)*COLS*WSlot-1:0] weight_bus /* verilator split_var */;
  logic [ROWS*COLS*ActSlot-1:0]   act_bus    /* verilator split_var */;
  logic [(ROWS+1)*COLS*AccW-1:0]  acc_bus    /* verilator split_var */;
  assign weight_bus[COLS*WSlot-1:0] = weights_i;
  assign acc_bus[COLS*AccW-1:0]     = '0;

  for (genvar r = 0; r < ROWS; r++) begin : gen_row
    logic active;
    assign active = (rows_q > 13'(r));

    stall_line #(.WIDTH(ActSlot), .DEPTH(r)) u_skew (
      .clk_i,
      .advance_i(advance),
      .data_i(acts_q[r*ActSlot +: ActSlot]),
      .data_o(act_bus[r*COLS*ActSlot +: ActSlot])
    );

    for (genvar c = 0; c < COLS; c++) begin : gen_col
      if (c > 0) begin : gen_hop
        stall_line #(.WIDTH(ActSlot), .DEPTH(1)) u_hop (
          .clk_i,
          .advance_i(advance),
          .data_i(act_bus[(r*COLS+c-1)*ActSlot +: ActSlot]),
          .data_o(act_bus[(r*COLS+c)*ActSlot +: ActSlot])
        );
      end
      stall_line #(.WIDTH(WSlot), .DEPTH(1)) u_weight (
        .clk_i,
        .advance_i(weight_accept),
        .data_i(weight_bus[(r*COLS+c)*WSlot +: WSlot]),
        .data_o(weight_bus[((r+1)*COLS+c)*WSlot +: WSlot])
      );
      `VERNIER_PE_WS u_pe (
        .clk_i,
        .advance_i(advance),
        .active_i(active),
        .act_i(act_bus[(r*COLS+c)*ActSlot +: ActSlot]),
        .weight_i(weight_bus[((r+1)*COLS+c)*WSlot +: WSlot]),
        .acc_i(acc_bus[(r*COLS+c)*AccW +: AccW]),
        .acc_o(acc_bus[((r+1)*COLS+c)*AccW +: AccW])
      );
    end
  end

  for (genvar c = 0; c < COLS; c++) begin : gen_output
    logic [AccW-1:0] sum;
    logic [31:0]     fp32, stage2, held;
    stall_line #(.WIDTH(AccW), .DEPTH(COLS-1-c)) u_align (
      .clk_i,
      .advance_i(advance),
      .data_i(acc_bus[(ROWS*COLS+c)*AccW +: AccW]),
      .data_o(sum)
    );
    `VERNIER_PE_OUTPUT u_to_fp32 (
      .acc_i(sum),
      .fp32_o(fp32)
    );
    output_unit #(.UsesChannelScale(`VERNIER_PE_PKG::UsesChannelScale)) u_output (
      .clk_i,
      .advance_i(advance),
      .fp32_i(fp32),
      .final_i(final_q),
      .accumulate_i(accumulate_q),
      .half_i(`VERNIER_PE_PKG::unit_shift(format_q)),
      .partial_i(partial_i[c*32 +: 32]),
      .channel_scale_i(channel_scales_i[c*16 +: 16]),
      .data_o(stage2)
    );
    stall_line #(.WIDTH(32), .DEPTH(1)) u_held (
      .clk_i,
      .advance_i(advance),
      .data_i(stage2),
      .data_o(held)
    );
    assign out_data_o[c*32 +: 32] = held_q ? held : stage2;
  end

  logic unused;
  assign unused = ^{cols_i, weight_bus[ROWS*COLS*WSlot +: COLS*WSlot]};

`ifndef SYNTHESIS
  initial begin
    assert (ROWS >= 1 && ROWS <= 4096 && COLS >= 1 && COLS <= 4096) else $fatal(1, "array size");
  end
`endif
endmodule
