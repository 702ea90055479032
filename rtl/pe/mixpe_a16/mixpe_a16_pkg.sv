// SPDX-License-Identifier: Apache-2.0
// Facts about the MixPE for fp16 activations that the array needs (docs/array.md, "PE port list").
package mixpe_a16_pkg;
  // Column bus: {special, sign, exponent, significand} of the activation.
  localparam int unsigned ColLane = 18;
  localparam int unsigned AccW = 32;       // group sum, fp32
  localparam bit UsesChannelScale = 1'b0;  // fp16 activations and none of the formats have scales of channels
  `include "mixpe_pkg.svh"
endpackage
