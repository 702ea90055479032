// SPDX-License-Identifier: Apache-2.0
// Facts about the MixPE for int8 activations that the array needs (docs/array.md, "PE port list").
package mixpe_a8_pkg;
  localparam int unsigned ColLane = 8;
  localparam int unsigned AccW = 32;  // group sum
  localparam bit UsesChannelScale = 1'b1;
  `include "mixpe_pkg.svh"
endpackage
