// SPDX-License-Identifier: Apache-2.0
// Facts about the ANT PE that the array needs (docs/array.md, "PE port list"). Format 0 is ant4.
package ant_pkg;
  localparam int unsigned MaxLanes = 1;
  `include "shift_mac_pkg.svh"
endpackage
