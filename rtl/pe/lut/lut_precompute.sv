// SPDX-License-Identifier: Apache-2.0
// Builds a lookup table: entry i is (t0 + t1) + (t2 + t3), t_l = +a_l if bit l of i is set, else -a_l, and
// t3 = -a3; fp32 additions, nearest even, one rounding to fp16. Of every pair of sums that differ in sign only
// one is computed; that can change the sign of a zero, which no PE sees.
module lut_precompute (
  input  logic [63:0]  acts_i,     // four fp16 activations
  output logic [127:0] entries_o
);
  localparam logic [15:0] One = 16'h3c00;
  logic [127:0] a;  // fp32
  for (genvar l = 0; l < 4; l++) begin : gen_act
    fp16_mul u_widen (
      .a_i(acts_i[l*16 +: 16]),
      .b_i(One),
      .product_o(a[l*32 +: 32])
    );
  end

  // a1 + a0, a1 - a0, a2 + a3, a2 - a3
  logic [31:0] low_sum, low_difference, high_sum, high_difference;
  fp32_add u_low_sum (
    .a_i(a[63:32]), .b_i(a[31:0]), .sum_o(low_sum)
  );
  fp32_add u_low_difference (
    .a_i(a[63:32]), .b_i({~a[31], a[30:0]}), .sum_o(low_difference)
  );
  fp32_add u_high_sum (
    .a_i(a[95:64]), .b_i(a[127:96]), .sum_o(high_sum)
  );
  fp32_add u_high_difference (
    .a_i(a[95:64]), .b_i({~a[127], a[126:96]}), .sum_o(high_difference)
  );

  for (genvar i = 0; i < 8; i++) begin : gen_entry
    localparam bit Same = (((i >> 1) & 1) == (i & 1));  // t0 and t1 have the same sign
    logic [31:0] low, high, sum;
    assign low  = Same ? low_sum : low_difference;      // to be negated if bit 1 is clear
    assign high = ((i & 4) != 0) ? high_difference : high_sum;
    fp32_add u_add (
      .a_i({low[31] ^ ((i & 2) == 0), low[30:0]}),
      .b_i({high[31] ^ ((i & 4) == 0), high[30:0]}),
      .sum_o(sum)
    );
    fp32_to_fp16 u_narrow (
      .a_i(sum),
      .half_i(1'b0),
      .fp16_o(entries_o[i*16 +: 16])
    );
  end
endmodule
