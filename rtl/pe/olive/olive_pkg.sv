// SPDX-License-Identifier: Apache-2.0
// Facts about the OliVe PE that the array needs (docs/array.md, "PE port list"). Format 0 is olive4.
package olive_pkg;
  localparam int unsigned MaxLanes = 8;
  `include "shift_mac_pkg.svh"
endpackage
