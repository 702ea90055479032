// SPDX-License-Identifier: Apache-2.0
// Column edge of the LUT tensor core: the table that all PEs of the column read in a step. Raw activations
// become a table here (in-array precompute); tables from memory are only aligned, and the adders see zeros.
// docs/pe/lut.md.
module lut_column #(
  parameter int unsigned LANES = 4
) (
  input  logic [7:0]                        format_i,
  input  logic [LANES*lut_pkg::ActSlot-1:0] acts_i,
  output logic [LANES*lut_pkg::ColLane-1:0] col_o
);
  logic [2:0]   format;
  logic         in_array;
  logic [63:0]  raw;
  logic [127:0] built, entries;
  logic [127:0] aligned;
  logic [4:0]   exponent;
  assign format = format_i[6:4];
  assign in_array = (format != lut_pkg::ActTableFp16) && (format != lut_pkg::ActTableInt8);

  for (genvar l = 0; l < 4; l++) begin : gen_lane
    lut_activation u_activation (
      .format_i(format),
      .slot_i(in_array ? acts_i[l*32 +: 16] : 16'd0),
      .fp16_o(raw[l*16 +: 16])
    );
  end
  lut_precompute u_precompute (
    .acts_i(raw),
    .entries_o(built)
  );
  assign entries = (format == lut_pkg::ActTableFp16) ? acts_i : built;
  lut_align u_align (
    .entries_i(entries),
    .exponent_o(exponent),
    .aligned_o(aligned)
  );

  // int8 entries: a byte counts 2^(exponent - 21), 256 units; -128 reads as -127.
  logic [127:0] widened;
  for (genvar e = 0; e < 8; e++) begin : gen_entry
    logic [7:0] code, magnitude;
    assign code      = acts_i[e*16 +: 8];
    assign magnitude = code[7] ? -code : code;
    assign widened[e*16 +: 16] = {code[7], magnitude[7] ? 7'd127 : magnitude[6:0], 8'd0};
  end

  assign col_o = (format == lut_pkg::ActTableInt8) ? {3'd0, acts_i[12:8], widened}
                                                   : {3'd0, exponent, aligned};

  logic unused;
  assign unused = ^{format_i[7], format_i[3:0]};

`ifndef SYNTHESIS
  initial assert (LANES == 4) else $fatal(1, "lut_column: four lanes");
`endif
endmodule
