// SPDX-License-Identifier: Apache-2.0
// Energy and area of logic at another process node.
//
// A. Stillmaker, B. Baas: Scaling equations for the accurate prediction of CMOS device performance from 180
// nm to 7 nm, Integration, the VLSI Journal 58, 2017: the table of area factors, and the energy of a
// fan-out-of-4 chain as a polynomial of the supply voltage, here at the nominal voltage of each node,
// high-performance transistors from 45 nm on. 28 nm and 22 nm are not in it: their factors are interpolated
// log-log between 32 nm and 20 nm. There is no published factor for leakage.
#pragma once

#include <string>
#include <vector>

namespace vernier::energy {

/// What to multiply a number of one node with to have it at another.
struct Scaling {
  double energy = 1;
  double area = 1;
  std::string text;  ///< "Stillmaker and Baas 2017, 180 nm at 1.8 V to 28 nm at 0.9 V"; empty: as it is
};

/// Nodes that can be scaled from and to, in nm, largest first.
[[nodiscard]] const std::vector<int>& scaling_nodes();

/// Throws InputError ENE004 if a node is not one of scaling_nodes().
[[nodiscard]] Scaling scaling(int from_nm, int to_nm);

}  // namespace vernier::energy
